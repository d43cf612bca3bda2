"""The page of the town's webmaster: the code that shows our question box or form on the town's site, and its look."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from parvis.apps.catalogue.queries.subjects import all_routable
from parvis.apps.directory.rules.permissions import Action
from parvis.surfaces.desk.gate import requires

SHOWN = [("question", _("The question field")), ("signaler", _("The form that reports a problem"))]
NAMES = {
    ("question", "fr"): "Poser une question",
    ("question", "en"): "Ask a question",
    ("signaler", "fr"): "Signaler un problème",
    ("signaler", "en"): "Report a problem",
}


def _subjects() -> list[tuple[str, str]]:
    rows = sorted(((subject.slug, subject.title) for subject in all_routable()), key=lambda row: row[1].casefold())
    return [("", str(_("Chosen in the form"))), *rows]


class EmbedForm(forms.Form):
    """What is shown, in which language, and about which subject."""

    show = forms.ChoiceField(label=_("What to show"), choices=SHOWN, required=False)
    lang = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, required=False)
    subject = forms.ChoiceField(label=_("Subject"), choices=_subjects, required=False)


@requires(Action.MANAGE_KEYS, "GET")
def embedding(request: HttpRequest) -> HttpResponse:
    """The code to paste, as a script and as a plain frame, the sites that may, and what visitors will see."""
    form = EmbedForm(request.GET or {"show": "question", "lang": "fr"})
    form.is_valid()
    values = form.cleaned_data
    show, lang = values.get("show") or "question", values.get("lang") or "fr"
    slug = values.get("subject") or "" if show == "signaler" else ""
    context = {
        "form": form,
        "origins": settings.PARVIS_EMBED_ORIGINS,
        "show": show,
        "frame_lang": lang,
        "slug": slug,
        "frame_title": NAMES[show, lang],
        **_code(show, lang, slug),
    }
    return render(request, "desk/keys/embedding.html", context)


def _code(show: str, lang: str, slug: str) -> dict[str, str]:
    """The script tag and the plain frame, as text to copy."""
    site, title = settings.PARVIS_URL, NAMES[show, lang]
    page = reverse("public:request", args=[slug]) if slug else "/" if show == "question" else reverse("public:report")
    query = urlencode({"langue": lang})
    if slug:
        framed = reverse("public:embedded_request", args=[slug])
    else:
        framed = reverse("public:embedded_question" if show == "question" else "public:embedded_report")
    about = format_html(' data-sujet="{}"', slug) if slug else ""
    script = format_html(
        '<script src="{0}/integrer.js" data-parvis="{1}" data-lang="{2}"{3} async></script>\n'
        '<noscript><a href="{0}{4}?{5}">{6}</a></noscript>',
        *(site, show, lang, about, page, query, title),
    )
    frame = format_html(
        '<iframe src="{0}{1}?{2}" title="{3}" width="100%" height="{4}" allow="geolocation" style="border:0"></iframe>',
        *(site, framed, query, title, 420 if show == "question" else 900),
    )
    return {"script": script, "frame": frame}
