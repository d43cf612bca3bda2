"""The two things an editor works on: standard answers, and the facts they rest on."""

from contextlib import suppress
from datetime import date
from typing import Any

import django_filters
from django.db.models import Expression, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, LiveStatusTagColumn
from wagtail.admin.widgets.button import HeaderButton
from wagtail.snippets.views.snippets import CreateView, EditView, IndexView, SnippetViewSet

from parvis.apps.directory.models import Department
from parvis.apps.insight import gaps, learning, uses
from parvis.apps.insight.models import Gap
from parvis.apps.knowledge import queries
from parvis.apps.knowledge.fact_models import FactProposal
from parvis.apps.knowledge.models import Answer, Fact
from parvis.lib import clock, quebec
from parvis.lib.collation import folded
from parvis.lib.errors import Refused
from parvis.lib.languages import clean
from parvis.surfaces.editor import panels
from parvis.surfaces.editor.who import editor_of
from parvis.ui.forms import ByName


def _day(when: date | None) -> str:
    return quebec.day_of_month(when, get_language() or "fr", year=True) if when else ""


def _review(answer: Answer) -> str:
    return _day(answer.review_on)


def _until(fact: Fact) -> str:
    return _day(fact.valid_to)


def _given(answer: Any) -> int:
    use: uses.Use = answer.use
    return use.given


def _useful(answer: Any) -> str:
    """ "80 % (5)": the share of those who said, and how many they are."""
    use: uses.Use = answer.use
    said = use.useful + use.not_useful
    return f"{quebec.percent(str(use.share), get_language() or 'fr')} ({said})" if said else ""


def _age(answer: Any) -> str:
    days = answer.use.age
    return "" if days is None else ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


class _Owners(ByName, django_filters.fields.ModelChoiceIterator):
    """The owners to choose from, by name."""


class _OwnersField(django_filters.fields.ModelChoiceField):
    iterator = _Owners


class OwnerFilter(django_filters.ModelChoiceFilter):
    """By the department that answers for it."""

    field_class = _OwnersField


def _alpha(**fields: str) -> dict[str, Expression]:
    """What a list is sorted by: each of these columns, in the language of the page where it has both."""
    lang = clean(get_language())
    return {name: folded(field.format(lang=lang)) for name, field in fields.items()}


class AnswerFilters(WagtailFilterSet):
    """By owner, and by what must be looked at again."""

    owner = OwnerFilter(
        label=pgettext_lazy("answer", "Owner"), queryset=Department.objects.exclude(kind=Department.Kind.EXTERNAL)
    )
    due = django_filters.ChoiceFilter(
        label=pgettext_lazy("answer", "Review"),
        method="by_due",
        choices=[
            ("late", _("Review date passed")),
            ("soon", _("To review within 60 days")),
            ("english", _("No English")),
        ],
    )

    class Meta:
        model = Answer
        fields = ["owner", "due"]

    def by_due(self, rows: QuerySet[Answer], _name: str, value: str) -> QuerySet[Answer]:
        today = clock.today()
        if value == "english":
            return rows.filter(Q(title_en="") | Q(short_en="") | Q(summary_en=""))
        return rows.filter(review_on__lte=today if value == "late" else today + queries.EXPIRES_WITHIN)


class Plain:
    """A list without boxes to tick: nothing here is done to many rows at once."""

    @cached_property
    def columns(self) -> list[Column]:
        """The columns of the list, the boxes left out."""
        offered: list[Column] = super().columns  # type: ignore[misc]
        return [column for column in offered if column.name != "bulk_actions"]


class AnswerIndex(Plain, IndexView):
    """The answers of the town, each with its use, whatever their number by two more queries."""

    page_title = _("Answers")
    add_item_label = _("Write an answer")

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The rows of the page know their use."""
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        rows = list(context["object_list"])
        result = uses.uses_of(rows)
        for row in rows:
            row.use = result[row.pk]
        return context


class FromGap:
    """An answer written for a gap: the gap is settled once something is saved, not before."""

    request: HttpRequest

    @cached_property
    def gap(self) -> Gap | None:
        """The one that the address names, while nobody decided on it."""
        number = self.request.GET.get("gap", "")
        gap = gaps.gap_of(int(number)) if number.isdecimal() and len(number) < 18 else None
        return gap if gap is not None and gap.state == Gap.State.OPEN else None

    def save_instance(self) -> Answer:
        """Saves the answer; a gap that someone else decided on meanwhile stays as they said."""
        saved: Answer = super().save_instance()  # type: ignore[misc]
        if self.gap is not None:
            with suppress(Refused):
                learning.write_answer(gap_id=self.gap.pk, by=editor_of(self.request))
        return saved

    def _naming_the_gap(self, url: str) -> str:
        return url if self.gap is None else f"{url}?gap={self.gap.pk}"


class AnswerCreate(FromGap, CreateView):
    """A new answer; from a gap, with its subject and its newest words."""

    def get_add_url(self) -> str:
        """Where the form is sent."""
        return self._naming_the_gap(super().get_add_url())

    def get_form_kwargs(self) -> dict[str, Any]:
        """The form as it opens."""
        kwargs: dict[str, Any] = super().get_form_kwargs()
        if self.gap is not None:
            words = gaps.line_of(self.gap).words
            title = {f"title_{self.gap.language}": words[0][:160]} if words else {}
            kwargs["initial"] = {**(kwargs.get("initial") or {}), "subject": self.gap.near_id, **title}
        return kwargs


class Uncounted:
    """Without the page of uses: a text names a fact or an answer by its key, which Wagtail does not see."""

    def get_usage_url(self) -> None:
        """None: it would say that nothing uses what many answers show."""


class AnswerEdit(FromGap, Uncounted, EditView):
    """An answer to mend; from a gap when it failed someone."""

    def get_edit_url(self) -> str:
        """Where the form is sent."""
        return self._naming_the_gap(super().get_edit_url())


class AnswerViewSet(SnippetViewSet):
    """Standard answers: draft, review, publish, history, preview."""

    model = Answer
    icon = "openquote"
    menu_label = _("Answers")
    menu_name = "answers"
    menu_order = 10
    add_to_admin_menu = True
    admin_url_namespace = "answers"
    base_url_path = "answers"
    index_view_class = AnswerIndex
    add_view_class = AnswerCreate
    edit_view_class = AnswerEdit
    list_display = [
        "__str__",
        Column("title_en", label=pgettext_lazy("answer", "English"), sort_key="alpha_english"),
        Column("owner", label=pgettext_lazy("answer", "Owner"), sort_key="alpha_owner"),
        Column("review_on", label=pgettext_lazy("answer", "Review"), accessor=_review, sort_key="review_on"),
        Column("given", label=_("Given, 30 days"), accessor=_given),
        Column("useful", label=_("Useful to"), accessor=_useful),
        Column("age", label=_("Age"), accessor=_age),
        LiveStatusTagColumn(label=pgettext_lazy("answer", "Status")),
    ]
    list_per_page = 50
    filterset_class = AnswerFilters
    search_fields = ["title_fr", "title_en", "summary_fr", "summary_en", "subject__slug"]
    ordering = ["alpha_title", "pk"]
    edit_handler = panels.ANSWER
    copy_view_enabled = False
    inspect_view_enabled = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Answer]:
        alpha = _alpha(alpha_title="title_fr", alpha_english="title_en", alpha_owner="owner__name_{lang}")
        rows: QuerySet[Answer] = Answer.objects.select_related("owner", "subject", "latest_revision").annotate(**alpha)
        return rows


class FactFilters(WagtailFilterSet):
    """By owner, and by what must be mended."""

    state = django_filters.ChoiceFilter(
        label=_("To mend"),
        method="by_state",
        choices=[
            ("mend", _("Everything to mend")),
            ("soon", _("Lapses within 60 days")),
            ("lapsed", pgettext_lazy("answer", "Lapsed")),
            ("example", pgettext_lazy("answer", "Example")),
            ("unverified", pgettext_lazy("answer", "Not verified")),
        ],
    )
    owner = OwnerFilter(
        label=pgettext_lazy("answer", "Owner"), queryset=Department.objects.exclude(kind=Department.Kind.EXTERNAL)
    )

    class Meta:
        model = Fact
        fields = ["state", "owner"]

    def by_state(self, rows: QuerySet[Fact], _name: str, value: str) -> QuerySet[Fact]:
        today = clock.today()
        if value == "mend":
            return rows.filter(pk__in=queries.facts_to_mend(today).values("pk"))
        chosen = {
            "soon": Q(valid_to__gte=today, valid_to__lte=today + queries.EXPIRES_WITHIN),
            "lapsed": Q(valid_to__lt=today),
            "example": Q(example=True),
            "unverified": Q(verified_on__isnull=True, example=False),
        }
        return rows.filter(chosen[value])


class NewVersion:
    """Saving goes through the use case, which keeps the version before, or keeps the new one for review."""

    form: Any
    object: Fact | FactProposal
    request: HttpRequest

    def save_instance(self) -> Fact | FactProposal:
        saved: Fact | FactProposal = self.form.save()
        return saved

    def save_action(self) -> HttpResponse:
        """Where the page leads once saved: to what waits, when it waits."""
        if not isinstance(self.object, FactProposal):
            response: HttpResponse = super().save_action()  # type: ignore[misc]
            return response
        messages.success(self.request, _("The new value waits for review. Until then, nothing changes for anybody."))
        return redirect("edition:fact_review")


class FactCreate(NewVersion, CreateView):
    """A new fact."""


class FactEdit(NewVersion, Uncounted, EditView):
    """A new version of a fact. Its page shows the versions: Wagtail, which sees rows, would show none of them."""

    def get_history_url(self) -> None:
        """None: a version is a row of its own, and the versions stand on the page."""


class FactIndex(Plain, IndexView):
    """The facts of the town."""

    page_title = _("Facts")
    add_item_label = _("Add a fact")

    @cached_property
    def header_buttons(self) -> list[Any]:
        """Beside the one that adds a fact, the one that brings many, and what waits for review."""
        offered: list[Any] = super().header_buttons
        waiting = reverse("edition:fact_review")
        return [
            *offered,
            HeaderButton(label=_("Facts from a file"), url=reverse("edition:facts_bring"), icon_name="upload"),
            HeaderButton(label=_("Values to review"), url=waiting, icon_name="tasks"),
        ]


class FactViewSet(SnippetViewSet):
    """Facts: each value dated and sourced, with its versions."""

    model = Fact
    icon = "tasks"
    menu_label = _("Facts")
    menu_name = "facts"
    menu_order = 20
    add_to_admin_menu = True
    admin_url_namespace = "facts"
    base_url_path = "facts"
    list_display = [
        "__str__",
        Column("key", label=pgettext_lazy("answer", "Key"), sort_key="key"),
        Column("value", label=pgettext_lazy("answer", "Value"), accessor=panels.written),
        Column("status", label=pgettext_lazy("answer", "Status"), accessor=panels.status_words),
        Column("valid_to", label=pgettext_lazy("answer", "Until"), accessor=_until, sort_key="valid_to"),
        Column("area", label=_("Area")),
        Column("owner", label=pgettext_lazy("answer", "Owner"), sort_key="alpha_owner"),
    ]
    index_view_class = FactIndex
    list_per_page = 50
    filterset_class = FactFilters
    search_fields = ["key", "label_fr", "label_en", "source_title"]
    ordering = ["key"]
    edit_handler = panels.FACT
    add_view_class = FactCreate
    edit_view_class = FactEdit
    copy_view_enabled = False
    inspect_view_enabled = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Fact]:
        rows = Fact.objects.filter(replaced_at__isnull=True).select_related("owner", "area")
        return rows.annotate(**_alpha(alpha_owner="owner__name_{lang}"))
