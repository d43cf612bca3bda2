"""Who joins a group."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parvis.apps.households.queries import Member
from parvis.ui.forms import RefusableForm


class ParticipantsForm(RefusableForm):
    """The people who join, by their public identifiers; all or none; on the list when it is full."""

    participants = forms.MultipleChoiceField(
        label=_("Who joins?"), error_messages={"required": _("Choose who joins.")}, widget=forms.CheckboxSelectMultiple
    )
    together = forms.BooleanField(
        label=_("Together, or not at all"),
        help_text=_("With too few places for everyone, nobody is registered, and you may wait together."),
        required=False,
    )
    wait = forms.BooleanField(required=False)

    def __init__(self, *args: Any, members: Sequence[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(member.individual.public_id, member.individual.name) for member in members]
        self.fields["participants"].choices = choices  # type: ignore[attr-defined]
        self.by_participant: dict[str, Any] = {}

    def refuse(self, fields: Mapping[str, Any], message: Any) -> None:
        """As every form; what is said of a participant is shown beside them."""
        known = dict(self.fields["participants"].choices)  # type: ignore[attr-defined]
        self.by_participant = {name: text for name, text in fields.items() if name in known}
        if self.by_participant:
            fields = {"participants": list(self.by_participant.values())}
        super().refuse(fields, message)
