"""The layout of the Wagtail forms: French beside English, the words to say on the phone first."""

from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import (
    FieldPanel,
    FieldRowPanel,
    InlinePanel,
    MultiFieldPanel,
    ObjectList,
    Panel,
    PublishingPanel,
    TabbedInterface,
)

from parvis.apps.content.models import Fact, FactContent
from parvis.apps.content.queries import answers, rendering
from parvis.apps.content.rules import values
from parvis.apps.content.services import fact_review
from parvis.apps.insight.queries import uses
from parvis.lib import clock, quebec
from parvis.surfaces.editor.forms import AnswerForm, FactForm


def _pair(name: str) -> FieldRowPanel:
    return FieldRowPanel([FieldPanel(f"{name}_fr"), FieldPanel(f"{name}_en")], classname="pair")


STATUS_WORDS = {
    "ok": pgettext_lazy("status of a fact", "Verified"),
    "example": pgettext_lazy("status of a fact", "Example"),
    "unverified": pgettext_lazy("status of a fact", "Not verified"),
    "lapsed": pgettext_lazy("status of a fact", "Lapsed"),
    "missing": pgettext_lazy("status of a fact", "Not in force"),
}


def _row(**headings: object) -> FieldRowPanel:
    return FieldRowPanel([FieldPanel(name, heading=heading) for name, heading in headings.items()])


def _block(heading: object, *names: str, help_text: object = "") -> MultiFieldPanel:
    return MultiFieldPanel([_pair(name) for name in names], heading=heading, help_text=help_text, classname="pairs")


class _SavedPanel(Panel.BoundPanel):
    """A panel hidden until the object is saved."""

    def is_shown(self) -> bool:
        return bool(self.instance.pk)


class FactsPanel(Panel):
    """The facts that a text may refer to, with their key and current value."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "editor/facts_help.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            rows = Fact.objects.filter(replaced_at__isnull=True).select_related("owner").order_by("key")
            context["rows"] = [(row, written(row), status_words(row)) for row in rows]
            return context


class VersionsPanel(Panel):
    """The versions of a fact, the newest first."""

    class BoundPanel(_SavedPanel):
        template_name = "editor/versions.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            rows = Fact.objects.filter(key=self.instance.key, area=self.instance.area).select_related("owner")
            context["versions"] = [(row, written(row), in_force(row)) for row in rows.order_by("-pk")]
            return context


class ProposalPanel(Panel):
    """The proposed value of the fact, shown while it is pending review."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "editor/facts/waiting.html"

        def is_shown(self) -> bool:
            return bool(self.instance.pk) and fact_review.waiting_for(self.instance) is not None

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            proposal = fact_review.waiting_for(self.instance)
            return context | {"proposal": proposal, "value": written(proposal) if proposal else ""}


class OpinionsPanel(Panel):
    """How often the answer was given, its age, and the feedback of public readers."""

    class BoundPanel(_SavedPanel):
        template_name = "editor/opinions.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            context["opinions"] = answers.opinions_of(self.instance)
            context["use"] = uses.uses_of([self.instance])[self.instance.pk]
            return context


def written(fact: FactContent) -> str:
    """The value of a version in the editor's language, even when it has expired, since editors must see it."""
    try:
        return values.shown(fact.kind, fact.value, get_language() or "fr", fact.unit)
    except values.Unreadable:
        return ""


def in_force(fact: Fact) -> str:
    """The period of validity of a version, or the day it was replaced."""
    lang = get_language() or "fr"
    if fact.replaced_at:
        day = timezone.localtime(fact.replaced_at).date()
        return _("replaced on %(day)s") % {"day": quebec.day_of_month(day, lang, year=True)}
    return quebec.period(fact.valid_from, fact.valid_to, lang) or str(_("without limit"))


def status_words(fact: Fact) -> object:
    """The status of a version today, in words."""
    return STATUS_WORDS[rendering.status_of(fact, clock.today()).value]


ANSWER = TabbedInterface(
    [
        ObjectList(
            [
                FieldPanel("subject", help_text=_("Only subjects without an answer are offered.")),
                _block(
                    _("Title, and one line for lists"),
                    "title",
                    "summary",
                    help_text=_("Where the English is empty, English readers are given the French."),
                ),
                _block(
                    _("Words to say aloud"),
                    "short",
                    help_text=_(
                        "One breath, one to three sentences. An amount, a date, an hour, a norm or a phone number is "
                        "never typed: write {fact:key}; the tab “Facts and follow-up” lists the keys."
                    ),
                ),
                InlinePanel(
                    "audience_variants",
                    heading=_("Other words for one audience"),
                    label=pgettext_lazy("answer", "audience"),
                    panels=[FieldPanel("audience"), _pair("short")],
                ),
                _block(
                    _("Questions that it answers by yes, and by no"),
                    "yes_to",
                    "no_to",
                    help_text=_(
                        "One question per line, as people ask it. The words to say begin with the yes or the no only "
                        "when that very question is asked; to any other question they are said without it."
                    ),
                ),
                _block(_("Ask the caller"), "ask"),
                _block(_("Do not say"), "avoid"),
                _block(_("When to pass it on"), "pass_on"),
            ],
            heading=_("On the phone"),
        ),
        ObjectList(
            [
                _block(pgettext_lazy("answer", "Full text"), "body"),
                _block(pgettext_lazy("answer", "Steps"), "steps"),
                _block(_("Documents and fees"), "documents", "fees"),
                _block(pgettext_lazy("answer", "Links"), "links"),
            ],
            heading=pgettext_lazy("answer", "Full text"),
        ),
        ObjectList(
            [
                MultiFieldPanel(
                    [FieldRowPanel([FieldPanel("owner"), FieldPanel("review_on")]), FieldPanel("audiences")],
                    heading=_("Who answers for it"),
                ),
                MultiFieldPanel([FieldPanel("facts"), FactsPanel()], heading=_("Facts shown beside the answer")),
                FieldPanel("related", icon="list-ul"),
                OpinionsPanel(heading=_("How much it serves")),
                PublishingPanel(),
            ],
            heading=_("Facts and follow-up"),
        ),
    ],
    base_form_class=AnswerForm,
)

FACT = ObjectList(
    [
        ProposalPanel(heading=_("Waits for review")),
        MultiFieldPanel(
            [
                _row(key=_("Key, such as taxes.versement_1"), kind=pgettext_lazy("answer", "Kind")),
                _row(label_fr=_("Name, French"), label_en=_("Name, English")),
                FieldPanel("area", heading=_("Area, where the value is not that of the whole town")),
            ],
            heading=_("What it is"),
        ),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("value_fr"), FieldPanel("value_en")]),
                FieldPanel("unit", heading=_("Unit, after a number")),
            ],
            heading=pgettext_lazy("answer", "Value"),
            help_text=_(
                "Saving keeps the present version in the history and puts this one in its place, once it is approved."
            ),
        ),
        MultiFieldPanel(
            [
                _row(valid_from=_("In force from"), valid_to=_("Last day")),
                _row(source_title=pgettext_lazy("answer", "Source"), source_url=_("Address of the source")),
                _row(verified_on=_("Verified on"), verified_by=_("Verified by")),
                _row(owner=pgettext_lazy("answer", "Owner"), example=_("This is an example, not the town’s value")),
            ],
            heading=pgettext_lazy("answer", "Proof"),
            help_text=_("A value that is not verified, that lapsed or that is an example is never told to the public."),
        ),
        VersionsPanel(heading=pgettext_lazy("answer", "Versions")),
    ],
    base_form_class=FactForm,
)
