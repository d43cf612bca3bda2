"""The page of one's account: the language chosen there is that of every screen of the house."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.account import AccountView, BaseSettingsPanel, LocaleSettingsPanel

from parvis.apps.directory.models import Town, User
from parvis.apps.directory.queries import town
from parvis.surfaces.editor.who import editor_of
from parvis.ui.context import LANGUAGE_NAMES
from parvis.ui.views import remember


class LanguageForm(forms.Form):
    """The language of the screens. The cookie that the page sends back keeps it, as everywhere else."""

    language = forms.ChoiceField(label=_("Language of the screens"), choices=list(LANGUAGE_NAMES.items()))

    def __init__(self, *args: Any, instance: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"language": instance.language}

    def save(self) -> None:
        """Nothing is written from here."""


class LanguagePanel(BaseSettingsPanel):  # type: ignore[misc]
    """In the place of Wagtail's own, whose choice would say nothing to the other screens and go against theirs."""

    name = "language"
    title = _("Language")
    order = LocaleSettingsPanel.order
    form_class = LanguageForm

    def is_active(self) -> bool:
        """Whether the town has English at all."""
        return town().english != Town.English.OFF


class HouseAccount(AccountView):  # type: ignore[misc]
    """Wagtail's page, with our choice of language."""

    def get_panels(self) -> list[Any]:
        """Its panels, ours in the place of its own."""
        kept = [panel for panel in super().get_panels() if panel.name != LocaleSettingsPanel.name]
        ours = LanguagePanel(self.request, self.request.user, None)
        return [*kept, ours] if ours.is_active() else kept

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Keeps what was typed; the language chosen is spoken at once."""
        chosen = LanguageForm(request.POST, instance=editor_of(request), prefix=LanguagePanel.name)
        if not LanguagePanel(request, request.user, None).is_active() or not chosen.is_valid():
            return super().post(request)  # type: ignore[no-any-return]
        language = chosen.cleaned_data["language"]
        with translation.override(language):
            response: HttpResponseBase = super().post(request)
        if response.status_code == 302:
            remember(response, settings.LANGUAGE_COOKIE_NAME, language)
        return response
