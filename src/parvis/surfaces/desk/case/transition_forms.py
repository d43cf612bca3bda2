"""Base classes of the forms of transitions: the words, the language of the letter, the translation for merged cases."""

from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.queries.language_choice import LanguageChoice, allowed_for, why_words
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import ground_choices
from parvis.apps.directory.rules.language_policy import Why
from parvis.ui.forms import RefusableForm


def words_field(label: Any, help_text: Any = "", *, required: bool = True, rows: int = 4) -> forms.CharField:
    """The text field of a transition, with that many rows."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=20_000,
        error_messages={"required": _("Write a few words.")},
        widget=forms.Textarea(attrs={"rows": rows, "data-first": ""}),
    )


class TransitionForm(RefusableForm):
    """A transition on a case. `expect` is the number of the last journal entry that the page showed."""

    expect = forms.IntegerField(required=False, widget=forms.HiddenInput)
    asks_language = False

    def __init__(self, *args: Any, case: Case, by: User, name: str, **kwargs: Any) -> None:
        options: dict[str, Any] = {"initial": {"expect": case.seq}, "auto_id": f"{name}-%s", **kwargs}
        super().__init__(*args, **options)
        self.case = case
        self.by = by
        self.prepare()

    def prepare(self) -> None:
        """Adapts the fields to the case; called once `case` and `by` are set."""

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """The visible fields."""
        return self.visible_fields()

    def same_as(self, entry: Entry) -> bool:
        """Whether the fields other than the words have the values recorded in the entry."""
        return all(self._typed(name) == value for name, value in self.values_in(entry).items())

    def values_in(self, entry: Entry) -> dict[str, str]:
        """The values recorded in the entry for the fields other than the words, as they are typed."""
        return {}

    def _typed(self, name: str) -> str:
        return str(self[name].value() or "")

    def expect_entry(self, seq: int) -> None:
        """Makes the next submission expect the entry `seq`, whatever this one expected."""
        self.data = dict(self.data.items()) | {"expect": str(seq)}


class LetterForm(TransitionForm):
    """A transition that writes to the citizen. The two fields of the language are shown on demand (`asks_language`)."""

    language = forms.ChoiceField(
        choices=[("fr", _("French")), ("en", _("English"))],
        required=False,
        widget=forms.RadioSelect,
        label=_("Language of the letter"),
    )
    ground = forms.ChoiceField(
        choices=partial(ground_choices, _("Choose the ground: it is recorded")),
        required=False,
        label=_("Why in English?"),
    )

    def __init__(self, *args: Any, asks_language: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = allowed_for(self.case)
        self.fields["language"].initial = allowed.chosen(self.case.language)
        self.fields["ground"].initial = self.case.english_ground or ""
        self.asks_language = asks_language or (self.is_bound and "language" in self.data)
        english = self.fields["language"].initial == "en"
        words = gettext("In English: %(why)s.") if english else gettext("In French: %(why)s.")
        plain = self.case.language == "fr" and allowed.why != Why.FRENCH_ONLY
        self.written_in = gettext("In French.") if plain else words % {"why": why_words(allowed)}

    @property
    def language_choice(self) -> LanguageChoice | None:
        """The language chosen and its ground; None when the fields were not shown."""
        language = self.cleaned_data.get("language")
        return LanguageChoice(language, self.cleaned_data.get("ground") or "") if language else None

    @property
    def own_fields(self) -> list[forms.BoundField]:
        """The visible fields, without those of the language."""
        return [bound for bound in self.visible_fields() if bound.name not in ("language", "ground")]


class NotifyForm(LetterForm):
    """Words sent to citizens; `other` is their translation, for readers of the other language in merged cases."""

    other = words_field("", required=False)

    def prepare(self) -> None:
        if not self.case.merged_count:
            del self.fields["other"]
            return
        english = allowed_for(self.case).chosen(self.case.language) == "fr"
        self.fields["other"].label = gettext("The same in English") if english else gettext("The same in French")
        self.fields["other"].help_text = gettext(
            "Others whose request is merged into this one read it too, each alone: write no name and no address. The"
            " holes of ready phrases are filled with each one's own. Needed when one of them reads that language."
        )
