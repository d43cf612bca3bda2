"""The Wagtail screens of standard answers, and of the facts that they refer to."""

from contextlib import suppress
from typing import Any

import django_filters
from django.db.models import Expression, F, Q, QuerySet, Value
from django.db.models.functions import Lower, Replace
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
from wagtail.snippets.views.snippets import CreateView, EditView, IndexView, SnippetViewSet, UnpublishView

from parvis.apps.content.models import Answer, Fact, FactProposal
from parvis.apps.content.queries.answers import EXPIRES_WITHIN, facts_to_mend
from parvis.apps.directory.models import Department
from parvis.apps.insight.models import Gap
from parvis.apps.insight.queries import gaps, uses
from parvis.apps.insight.services import learning
from parvis.lib import clock, quebec
from parvis.lib.errors import Refused
from parvis.lib.i18n.languages import clean
from parvis.lib.words import fold
from parvis.surfaces.editor import panels
from parvis.surfaces.editor.account import editor_of
from parvis.surfaces.editor.owners import OwnersPublish
from parvis.ui.forms import ByName


class DayColumn(Column):
    """A date, such as "1er juin 2027"."""

    def get_value(self, instance: Any) -> str:
        day = super().get_value(instance)
        return quebec.day_of_month(day, get_language() or "fr", year=True) if day else ""


def _useful(answer: Any) -> str:
    """Such as "80 % (5)": the share of useful votes, and the number of votes."""
    use: uses.Use = answer.use
    votes = use.useful + use.not_useful
    return f"{quebec.percent(str(use.share), get_language() or 'fr')} ({votes})" if votes else ""


def _age(answer: Any) -> str:
    days = answer.use.age
    return "" if days is None else ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


class _OwnerIterator(ByName, django_filters.fields.ModelChoiceIterator):
    """The owners, sorted by name."""


class _OwnerField(django_filters.fields.ModelChoiceField):
    iterator = _OwnerIterator


class OwnerFilter(django_filters.ModelChoiceFilter):
    """By the department responsible, which is never an external body."""

    field_class = _OwnerField

    def __init__(self) -> None:
        departments = Department.objects.exclude(kind=Department.Kind.EXTERNAL)
        super().__init__(label=pgettext_lazy("answer", "Owner"), queryset=departments)


def _sort_keys(**columns: str) -> dict[str, Expression]:
    """Collation keys of these columns; `{lang}` in a column is the language of the page."""
    lang = clean(get_language())
    return {name: folded(column.format(lang=lang)) for name, column in columns.items()}


class AnswerFilters(WagtailFilterSet):
    """By owner, and by what must be reviewed."""

    owner = OwnerFilter()
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
        return rows.filter(review_on__lte=today if value == "late" else today + EXPIRES_WITHIN)


class WithoutBulkActions:
    """A list without checkboxes, since there is no bulk action here."""

    @cached_property
    def columns(self) -> list[Column]:
        columns: list[Column] = super().columns  # type: ignore[misc]
        return [column for column in columns if column.name != "bulk_actions"]


class AnswerIndex(WithoutBulkActions, IndexView):
    """The list of answers, each with its use, at the cost of two queries in all."""

    page_title = _("Answers")
    add_item_label = _("Write an answer")

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        answers = list(context["object_list"])
        use_of = uses.uses_of(answers)
        for answer in answers:
            answer.use = use_of[answer.pk]
        return context


class FromGap:
    """An answer written for a knowledge gap, which closes only once the answer is saved."""

    request: HttpRequest

    @cached_property
    def gap(self) -> Gap | None:
        """The gap that the URL names, as long as it is open."""
        number = self.request.GET.get("gap", "")
        gap = gaps.gap_of(int(number)) if number.isdecimal() and len(number) < 18 else None
        return gap if gap is not None and gap.state == Gap.State.OPEN else None

    def save_instance(self) -> Answer:
        """Saves the answer and closes the gap, unless someone else decided on it meanwhile."""
        saved: Answer = super().save_instance()  # type: ignore[misc]
        if self.gap is not None:
            with suppress(Refused):
                learning.write_answer(gap_id=self.gap.pk, by=editor_of(self.request))
        return saved

    def _with_gap(self, url: str) -> str:
        return url if self.gap is None else f"{url}?gap={self.gap.pk}"


class AnswerCreate(OwnersPublish, FromGap, CreateView):
    """A new answer; from a gap, prefilled with its subject and its newest words."""

    def get_add_url(self) -> str:
        return self._with_gap(super().get_add_url())

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_form_kwargs()
        if self.gap is not None:
            words = gaps.line_of(self.gap).words
            title = {f"title_{self.gap.language}": words[0][:160]} if words else {}
            kwargs["initial"] = {**(kwargs.get("initial") or {}), "subject": self.gap.near_id, **title}
        return kwargs


class WithoutUsage:
    """Without Wagtail's usage page: texts refer to facts and answers by key, which Wagtail does not count."""

    def get_usage_url(self) -> None:
        """None: the page would say that nothing uses what many answers show."""


class AnswerUnpublish(OwnersPublish, UnpublishView):
    """Withdraws an answer."""


class AnswerEdit(OwnersPublish, FromGap, WithoutUsage, EditView):
    """A change to an answer, possibly from a gap."""

    def get_edit_url(self) -> str:
        return self._with_gap(super().get_edit_url())


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
    unpublish_view_class = AnswerUnpublish
    list_display = [
        "__str__",
        Column("title_en", label=pgettext_lazy("answer", "English"), sort_key="alpha_english"),
        Column("owner", label=pgettext_lazy("answer", "Owner"), sort_key="alpha_owner"),
        DayColumn("review_on", label=pgettext_lazy("answer", "Review"), sort_key="review_on"),
        Column("given", label=_("Given, 30 days"), accessor="use.given"),
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
        alpha = _sort_keys(alpha_title="title_fr", alpha_english="title_en", alpha_owner="owner__name_{lang}")
        rows: QuerySet[Answer] = Answer.objects.select_related("owner", "subject", "latest_revision").annotate(**alpha)
        return rows


class FactFilters(WagtailFilterSet):
    """By owner, and by what must be fixed."""

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
    owner = OwnerFilter()

    class Meta:
        model = Fact
        fields = ["state", "owner"]

    def by_state(self, rows: QuerySet[Fact], _name: str, value: str) -> QuerySet[Fact]:
        today = clock.today()
        if value == "mend":
            return rows.filter(pk__in=facts_to_mend(today).values("pk"))
        conditions = {
            "soon": Q(valid_to__gte=today, valid_to__lte=today + EXPIRES_WITHIN),
            "lapsed": Q(valid_to__lt=today),
            "example": Q(example=True),
            "unverified": Q(verified_on__isnull=True, example=False),
        }
        return rows.filter(conditions[value])


class NewVersion:
    """Saves through the use case, which keeps the previous version, or holds the new one for review."""

    form: Any
    object: Fact | FactProposal
    request: HttpRequest

    def save_instance(self) -> Fact | FactProposal:
        saved: Fact | FactProposal = self.form.save()
        return saved

    def save_action(self) -> HttpResponse:
        """The redirect after saving: to the pending proposals when the new version needs review."""
        if not isinstance(self.object, FactProposal):
            response: HttpResponse = super().save_action()  # type: ignore[misc]
            return response
        messages.success(self.request, _("The new value waits for review. Until then, nothing changes for anybody."))
        return redirect("edition:fact_review")


class FactCreate(NewVersion, CreateView):
    """A new fact."""


class FactEdit(NewVersion, WithoutUsage, EditView):
    """A new version of a fact. The page itself lists the versions, each a row of which Wagtail has no history."""

    def get_history_url(self) -> None:
        """None: the page lists the versions."""


class FactIndex(WithoutBulkActions, IndexView):
    """The list of facts."""

    page_title = _("Facts")
    add_item_label = _("Add a fact")

    @cached_property
    def header_buttons(self) -> list[Any]:
        review_url = reverse("edition:fact_review")
        return [
            *super().header_buttons,
            HeaderButton(label=_("Facts from a file"), url=reverse("edition:facts_bring"), icon_name="upload"),
            HeaderButton(label=_("Values to review"), url=review_url, icon_name="tasks"),
        ]


class FactViewSet(SnippetViewSet):
    """Facts: dated, sourced values with their versions."""

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
        DayColumn("valid_to", label=pgettext_lazy("answer", "Until"), sort_key="valid_to"),
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
        return rows.annotate(**_sort_keys(alpha_owner="owner__name_{lang}"))


_LETTERS = "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝŸŒÆ"


def folded(field: str) -> Expression:
    """The text of a column folded as `words.fold` does it, to sort in the database (for pagination).

    SQLite lower-cases ASCII only, and PostgreSQL sorts by the collation of its installation.
    """
    result: Expression | F = Lower(field)
    for letter in _LETTERS + _LETTERS.lower():
        result = Replace(result, Value(letter), Value(fold(letter)))
    return result  # type: ignore[return-value]
