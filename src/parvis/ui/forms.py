"""What the forms of every surface have in common."""

from collections.abc import Mapping
from typing import Any

from django import forms


class RefusableForm(forms.Form):
    """A form whose words go to a service, which may refuse them."""

    use_required_attribute = False

    def refuse(self, fields: Mapping[str, Any], message: Any) -> None:
        """Puts a service's refusal beside the fields it names; what names no field of this form stands on top."""
        placed = False
        for name, text in fields.items():
            if name in self.fields:
                self.add_error(name, text)
                placed = True
        if not placed:
            self.add_error(None, message)
