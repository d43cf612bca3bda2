"""The signed-in editor, and Wagtail's account page, where the language chosen applies to every staff screen."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.account import AccountView, BaseSettingsPanel, LocaleSettingsPanel

from parvis.apps.directory.models import Town, User
from parvis.apps.directory.queries import town
from parvis.ui.context import LANGUAGE_NAMES
from parvis.ui.views import remember


def editor_of(request: HttpRequest) -> User:
    """The signed-in user; the view must require sign-in."""
    assert isinstance(request.user, User)
    return request.user


class LanguageForm(forms.Form):
    """The language of the screens, stored in a cookie as everywhere else."""

    language = forms.ChoiceField(label=_("Language of the screens"), choices=list(LANGUAGE_NAMES.items()))

    def __init__(self, *args: Any, instance: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"language": instance.language}

    def save(self) -> None:
        """Does nothing: `EditorAccount.post` sets the cookie."""


class LanguagePanel(BaseSettingsPanel):  # type: ignore[misc]
    """Replaces Wagtail's language panel, which affects only Wagtail's screens; hidden in a town without English."""

    name = "language"
    title = _("Language")
    order = LocaleSettingsPanel.order
    form_class = LanguageForm

    def is_active(self) -> bool:
        return town().english != Town.English.OFF


class EditorAccount(AccountView):  # type: ignore[misc]
    """Wagtail's account page, with our language panel."""

    def get_panels(self) -> list[Any]:
        panels = [panel for panel in super().get_panels() if panel.name != LocaleSettingsPanel.name]
        language_panel = LanguagePanel(self.request, self.request.user, None)
        return [*panels, language_panel] if language_panel.is_active() else panels

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Saves the form; the chosen language applies from this response on."""
        form = LanguageForm(request.POST, instance=editor_of(request), prefix=LanguagePanel.name)
        if not LanguagePanel(request, request.user, None).is_active() or not form.is_valid():
            return super().post(request)  # type: ignore[no-any-return]
        language = form.cleaned_data["language"]
        with translation.override(language):
            response: HttpResponseBase = super().post(request)
        if response.status_code == 302:
            remember(response, settings.LANGUAGE_COOKIE_NAME, language)
        return response
