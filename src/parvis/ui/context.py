"""Template context of every page: the chosen look, the language, the time of the page."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from parvis.lib import clock

LOOK_COOKIE = "look"
LANGUAGE_PARAMETER = "langue"
"""The query parameter that selects a language, for search engines and links: `?langue=en`."""
LOOKS: dict[str, Any] = {
    "auto": _("As on the device"),
    "light": pgettext_lazy("display", "Light"),
    "dark": pgettext_lazy("display", "Dark"),
    "contrast": _("High contrast"),
}
LANGUAGE_NAMES = {"fr": "Français", "en": "English"}


def reader(lang: str | None, look_cookie: str | None) -> dict[str, Any]:
    """The variables of `look`, from the active language and the cookie (an unknown value means "auto")."""
    code = "en" if (lang or "fr").startswith("en") else "fr"
    other = "fr" if code == "en" else "en"
    return {
        "look": look_cookie if look_cookie in LOOKS else "auto",
        "looks": LOOKS,
        "lang": code,
        "html_lang": f"{code}-CA",
        "other_lang": other,
        "other_lang_name": LANGUAGE_NAMES[other],
        "page_now": clock.now(),
    }


def look(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `look`, `looks`, `lang`, `html_lang`, `other_lang`, `other_lang_name`, `page_now`."""
    return reader(get_language(), request.COOKIES.get(LOOK_COOKIE))
