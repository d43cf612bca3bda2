"""What the town says: standard answers, and the dated facts they rely on."""

from collections.abc import Iterable, Mapping
from html import unescape
from typing import Any

from csp.decorators import csp_replace
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.html import strip_tags
from django.utils.translation import gettext, override, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.fields import RichTextField
from wagtail.models import DraftStateMixin, LockableMixin, PreviewableMixin, Revision, RevisionMixin, WorkflowMixin

from parvis.apps.catalogue.models import Audience, Subject
from parvis.apps.content.models import notices as notice_models  # noqa: F401 (registers its table)
from parvis.apps.content.models.facts import FactContent
from parvis.apps.content.rules.phrases import broken_references, fact_keys, typed_values
from parvis.apps.content.rules.verdicts import contradicted, unreadable
from parvis.apps.directory.models import Department
from parvis.lib.i18n.languages import DEFAULT
from parvis.lib.i18n.localized import localized

LINES = _("One item per line.")
TEXTS = (
    "title", "short", "summary", "body", "steps", "documents", "fees", "ask", "avoid", "pass_on", "yes_to", "no_to",
)  # fmt: skip


class Fact(FactContent):
    """A dated, sourced value. Each row is one version of a key; a new value closes the current row and adds one.

    `area` narrows it to a sector, where it overrides the town-wide value; each area of a key has its own versions.
    """

    created_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True, help_text="when a newer version took its place")

    class Meta:
        ordering = ["key", "-pk"]
        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=models.Q(replaced_at__isnull=True, area__isnull=True),
                name="one_current_version_of_a_fact",
            ),
            models.UniqueConstraint(
                fields=["key", "area"],
                condition=models.Q(replaced_at__isnull=True, area__isnull=False),
                name="one_current_version_in_an_area",
            ),
        ]


class Answer(WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, PreviewableMixin, ClusterableModel):
    """The standard answer on one subject, in French and English. {fact:key} in a text is replaced by a fact's value."""

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, related_name="answer", verbose_name=_("subject"))
    title_fr = models.CharField(_("title, French"), max_length=160)
    title_en = models.CharField(_("title, English"), max_length=160, blank=True)
    short_fr = models.TextField(_("to say aloud, French"))
    short_en = models.TextField(_("to say aloud, English"), blank=True)
    summary_fr = models.CharField(_("one line, French"), max_length=200)
    summary_en = models.CharField(_("one line, English"), max_length=200, blank=True)
    body_fr = RichTextField(_("full text, French"), features=["h2", "h3", "bold", "ol", "ul", "link"], blank=True)
    body_en = RichTextField(_("full text, English"), features=["h2", "h3", "bold", "ol", "ul", "link"], blank=True)
    steps_fr = models.TextField(_("steps, French"), blank=True, help_text=_("One step per line: title | explanation."))
    steps_en = models.TextField(_("steps, English"), blank=True, help_text=_("One step per line: title | explanation."))
    documents_fr = models.TextField(_("documents to bring, French"), blank=True, help_text=LINES)
    documents_en = models.TextField(_("documents to bring, English"), blank=True, help_text=LINES)
    fees_fr = models.TextField(_("fees, French"), blank=True, help_text=LINES)
    fees_en = models.TextField(_("fees, English"), blank=True, help_text=LINES)
    ask_fr = models.TextField(_("questions to ask, French"), blank=True, help_text=LINES)
    ask_en = models.TextField(_("questions to ask, English"), blank=True, help_text=LINES)
    avoid_fr = models.TextField(_("do not say, French"), blank=True, help_text=LINES)
    avoid_en = models.TextField(_("do not say, English"), blank=True, help_text=LINES)
    pass_on_fr = models.TextField(_("when to pass it on, French"), blank=True, help_text=LINES)
    pass_on_en = models.TextField(_("when to pass it on, English"), blank=True, help_text=LINES)
    yes_to_fr = models.TextField(_("questions answered by yes, French"), blank=True, help_text=LINES)
    yes_to_en = models.TextField(_("questions answered by yes, English"), blank=True, help_text=LINES)
    no_to_fr = models.TextField(_("questions answered by no, French"), blank=True, help_text=LINES)
    no_to_en = models.TextField(_("questions answered by no, English"), blank=True, help_text=LINES)
    links_fr = models.TextField(_("links, French"), blank=True, help_text=_("One link per line: label | address."))
    links_en = models.TextField(_("links, English"), blank=True, help_text=_("One link per line: label | address."))
    facts = models.TextField(_("facts shown"), blank=True, help_text=_("One fact key per line, the first ones first."))
    related = models.TextField(_("related subjects"), blank=True, help_text=_("One subject slug per line."))
    audiences = models.JSONField(pgettext_lazy("answer", "audiences"), default=list, blank=True)
    owner = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="answers", verbose_name=pgettext_lazy("answer", "owner")
    )
    review_on = models.DateField(_("review date"))
    loaded_hash = models.CharField(max_length=64, blank=True, editable=False)
    live_revision = models.ForeignKey(
        Revision, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+",
        verbose_name=_("published revision"),
    )  # fmt: skip

    class Meta:
        ordering = ["title_fr"]
        verbose_name = _("standard answer")
        verbose_name_plural = _("standard answers")

    def __str__(self) -> str:
        return localized(self, "title") or self.title_fr

    def save_revision(self, *args: Any, **kwargs: Any) -> Revision:
        """A revision, always titled in French: the editors' lists show the same title to everyone."""
        with override(DEFAULT):
            saved: Revision = super().save_revision(*args, **kwargs)
        return saved

    @property
    def preview_modes(self) -> list[tuple[str, object]]:
        """The screens on which a draft can be previewed."""
        return [
            ("desk-fr", _("Agent’s screen, French")),
            ("desk-en", _("Agent’s screen, English")),
            ("public-fr", _("Public page, French")),
            ("public-en", _("Public page, English")),
        ]

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        return "editor/preview.html"

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponseBase:
        """Allow only the editor's space to frame the preview."""
        shown: HttpResponse = super().serve_preview(request, mode_name)
        return csp_replace({"frame-ancestors": ["'self'"]})(lambda _request: shown)(request)

    def clean(self) -> None:
        """Reject unknown facts and subjects, and values typed in a text; each error is on its field."""
        super().clean()
        texts = {f"{name}_{lang}": getattr(self, f"{name}_{lang}") or "" for name in TEXTS for lang in ("fr", "en")}
        texts |= {name: unescape(strip_tags(text)) for name, text in texts.items() if name.startswith("body")}
        errors: dict[str, list[str]] = problems_of(texts)
        for lang in ("fr", "en"):
            errors |= verdict_problems(texts, lang)
        if unknown := unknown_keys(_lines(self.facts)):
            errors["facts"] = [_unknown_fact(key) for key in unknown]
        related = _lines(self.related)
        slugs = set(Subject.objects.filter(slug__in=related).values_list("slug", flat=True)) if related else set()
        if missing := [slug for slug in related if slug not in slugs]:
            errors["related"] = [gettext("There is no subject “%(slug)s”.") % {"slug": slug} for slug in missing]
        if errors:
            raise ValidationError(errors)


class Publication(models.Model):
    """The period when a revision was the published one; `until` None: it still is."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="publications")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["answer", "-at"], name="publication_of_answer")]


class AudienceVariant(models.Model):
    """The words to say to one audience, where they differ."""

    answer = ParentalKey(Answer, on_delete=models.CASCADE, related_name="audience_variants")
    audience = models.CharField(pgettext_lazy("answer", "audience"), max_length=10, choices=Audience)
    short_fr = models.TextField(_("to say aloud, French"))
    short_en = models.TextField(_("to say aloud, English"), blank=True)

    def clean(self) -> None:
        """Reject what an answer's own texts may not contain."""
        super().clean()
        if errors := problems_of({"short_fr": self.short_fr or "", "short_en": self.short_en or ""}):
            raise ValidationError(errors)


def unknown_keys(keys: Iterable[str]) -> list[str]:
    """The keys that no fact has, in order; no query for an empty list."""
    wanted = list(keys)
    known = set(Fact.objects.filter(key__in=wanted).values_list("key", flat=True)) if wanted else set()
    return [key for key in wanted if key not in known]


def problems_of(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """Errors by field: unknown or broken references to facts, values typed in the text."""
    unknown = set(unknown_keys(fact_keys(texts.values())))
    problems: dict[str, list[str]] = {}
    for field, text in texts.items():
        messages = [_unknown_fact(key) for key in fact_keys([text]) if key in unknown]
        broken = gettext("“%(text)s” is no reference to a fact. Write {fact:key}, with the key of a fact.")
        messages += [broken % {"text": part} for part in broken_references(text)]
        messages += [_typed_value(value) for value in typed_values(text)]
        if messages:
            problems[field] = messages
    return problems


def verdict_problems(texts: Mapping[str, str], lang: str) -> dict[str, list[str]]:
    """Errors by field of the questions answered by yes and by no."""
    questions = {field: _lines(texts[field]) for field in (f"yes_to_{lang}", f"no_to_{lang}")}
    unclear = gettext(
        "“%(question)s” is no question that can be recognised. Write it as people ask it, with a question mark."
    )
    errors = {field: [unclear % {"question": each} for each in unreadable(own)] for field, own in questions.items()}
    both = gettext("“%(question)s” is answered both by yes and by no.")
    errors[f"no_to_{lang}"] += [both % {"question": each} for each in contradicted(*questions.values())]
    return {field: messages for field, messages in errors.items() if messages}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _typed_value(value: str) -> str:
    words = gettext(
        "“%(value)s” is a value: make it a fact, and write {fact:key} here, so that it is dated and checked."
    )
    return words % {"value": value}


def _unknown_fact(key: str) -> str:
    return gettext("There is no fact “%(key)s”. The page “Facts” lists them; add it there first.") % {"key": key}


class Usefulness(models.Model):
    """A reader's opinion of a public answer, with a few words; anonymous."""

    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="opinions")
    revision = models.ForeignKey(Revision, null=True, on_delete=models.SET_NULL, related_name="+")
    language = models.CharField(max_length=2)
    useful = models.BooleanField()
    words = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["answer", "-at"], name="usefulness_of_answer")]


class Synonym(models.Model):
    """A word people use, and the word the answers use."""

    language = models.CharField(max_length=2)
    word = models.CharField(max_length=60)
    meaning = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["language", "word"], name="one_synonym_once")]


class Danger(models.Model):
    """Words that mean immediate danger, and what to say first.

    `examples` are messages that tell of a danger without any of these words; `calm`, messages that only sound like one.
    """

    words_fr = models.JSONField(default=list)
    words_en = models.JSONField(default=list)
    examples_fr = models.JSONField(default=list)
    examples_en = models.JSONField(default=list)
    calm_fr = models.JSONField(default=list)
    calm_en = models.JSONField(default=list)
    say_fr = models.TextField()
    say_en = models.TextField()
    phone = models.CharField(max_length=20, default="911")


class OutOfScopeTopic(models.Model):
    """Something people ask the town that belongs to another body, or to nobody: what to say, and whom to contact.

    The body's name is "" when there is none (a joke, a greeting).
    """

    slug = models.SlugField(max_length=80, unique=True)
    title_fr = models.CharField(max_length=160)
    title_en = models.CharField(max_length=160)
    say_fr = models.TextField()
    say_en = models.TextField()
    body_fr = models.CharField(max_length=160, blank=True)
    body_en = models.CharField(max_length=160, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    url = models.URLField(blank=True)
    source_title = models.CharField(max_length=200, blank=True, help_text="where the door was read")
    source_url = models.URLField(blank=True)
    verified_on = models.DateField(null=True, blank=True, help_text="when the door was last checked")
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return localized(self, "title")


class OutOfScopeExample(models.Model):
    """An example question of an out-of-scope topic, learned by the engine like `catalogue.ExampleQuestion`."""

    elsewhere = models.ForeignKey(OutOfScopeTopic, on_delete=models.CASCADE, related_name="variants")
    language = models.CharField(max_length=2)
    text = models.CharField(max_length=400)
    from_town_file = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["elsewhere", "language", "text"], name="one_elsewhere_variant_once")
        ]


class DisambiguationGroup(models.Model):
    """Subjects that a message alone often cannot tell apart, and the question that does.

    `choices`: [{"slug", "fr", "en"}], in display order; two choices may lead to one subject.
    """

    name = models.SlugField(max_length=80, unique=True)
    question_fr = models.CharField(max_length=200)
    question_en = models.CharField(max_length=200)
    choices = models.JSONField(default=list)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]


class Guide(models.Model):
    """Guided questions on a subject, from the town's files (`calculators.rules.guide.from_json`)."""

    subject = models.OneToOneField(Subject, on_delete=models.CASCADE, related_name="guide")
    content = models.JSONField()


class ContentVersion(models.Model):
    """One row whose number increases whenever the town's content changes; every process watches it."""

    number = models.PositiveBigIntegerField(default=0)
    changed_at = models.DateTimeField()
