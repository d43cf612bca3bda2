"""Codes put on places and equipment: made, listed, changed, retired, printed in sheets."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.apps.catalogue.models import SiteCode
from parvis.apps.catalogue.queries import site_codes as queries
from parvis.apps.catalogue.queries.subjects import all_routable
from parvis.apps.catalogue.services import site_codes as services
from parvis.apps.catalogue.services.site_codes import SiteDetails
from parvis.apps.directory.models import Town
from parvis.apps.directory.queries import town
from parvis.apps.directory.rules.permissions import Action
from parvis.lib.errors import Invalid
from parvis.lib.words import number
from parvis.surfaces.desk.codes.forms import CodeForm, ListForm, SheetForm
from parvis.surfaces.desk.gate import agent_of, requires, submit
from parvis.ui import printing, qr
from parvis.ui.messages import done, refused, showing_refusal
from parvis.ui.views import or_404

MOST_PRINTED = 200


@requires(Action.MAKE_SITE_CODES, "GET")
def codes(request: HttpRequest) -> HttpResponse:
    """The codes in use (or the retired ones), with how often each was opened lately; printed from here."""
    words, retired = request.GET.get("q", "").strip()[:80], "retired" in request.GET
    rows = queries.listed(words=words, retired=retired, after=number(request.GET.get("after", "")) or 0)
    more = ""
    if len(rows) > queries.PAGE:
        rows = rows[: queries.PAGE]
        query = {"q": words, "after": str(rows[-1].pk)} | ({"retired": ""} if retired else {})
        more = f"?{urlencode(query)}"
    context = {"rows": rows, "words": words, "retired": retired, "more_url": more, "sheet": SheetForm()}
    return render(request, "desk/codes/list.html", context)


@requires(Action.MAKE_SITE_CODES, "GET", "POST")
def new(request: HttpRequest) -> HttpResponseBase:
    """Makes one code."""
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        made, status = submit(form, lambda: services.make_code(details=_details(form), by=agent_of(request)))
        if made:
            done(request, _("%(label)s: its code is made.") % {"label": made.label})
            return redirect("desk:code", made.pk)
    return render(request, "desk/codes/new.html", {"form": form}, status=status)


@requires(Action.MAKE_SITE_CODES, "GET", "POST")
def from_list(request: HttpRequest) -> HttpResponseBase:
    """Makes a code for each line of a list, or none when a line is wrong."""
    form = ListForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        made, status = submit(
            form, lambda: services.make_codes_of_list(text=form.cleaned_data["text"], by=agent_of(request))
        )
        if made is not None:
            return _made(request, made)
    return render(request, "desk/codes/from_list.html", {"form": form}, status=status)


@requires(Action.MAKE_SITE_CODES, "GET", "POST")
def from_map(request: HttpRequest) -> HttpResponseBase:
    """Makes codes for the chosen parks and landmarks of the town's map."""
    if request.method == "POST":
        chosen = [pk for pk in map(number, request.POST.getlist("shape")) if pk is not None]
        with showing_refusal(request, Invalid):
            return _made(request, services.make_codes_of_shapes(shape_ids=chosen, by=agent_of(request)))
    return render(request, "desk/codes/from_map.html", {"shapes": queries.shapes_without_code()})


@requires(Action.MAKE_SITE_CODES, "GET", "POST")
def one(request: HttpRequest, code_id: int) -> HttpResponseBase:
    """One code: its label as it will be printed, its figures, and the form that renames or moves it."""
    site = or_404(queries.with_figures(SiteCode.objects.filter(pk=code_id)).select_related("subject").first())
    form = CodeForm(request.POST, site=site) if request.method == "POST" else CodeForm.of(site)
    status = 200
    if request.method == "POST":
        changed, status = submit(
            form,
            lambda: services.change_code(code_id=code_id, details=_details(form, site), by=agent_of(request)),
        )
        if changed:
            done(request, _("%(label)s is up to date; its code stays the same.") % {"label": changed.label})
            return redirect("desk:code", code_id)
    context = {"site": site, "form": form, "label": _label(site), "sheet": SheetForm()}
    return render(request, "desk/codes/one.html", context, status=status)


@requires(Action.MAKE_SITE_CODES, "POST")
def retire(request: HttpRequest, code_id: int) -> HttpResponseBase:
    """Retires a code, with an undo."""
    site = services.retire_code(code_id=code_id, by=agent_of(request))
    undo = reverse("desk:restore_code", args=[code_id])
    done(request, _("%(label)s: the code is retired.") % {"label": site.label}, undo_url=undo)
    return redirect("desk:codes")


@requires(Action.MAKE_SITE_CODES, "POST")
def restore(request: HttpRequest, code_id: int) -> HttpResponseBase:
    """Puts a retired code back in use."""
    with showing_refusal(request, Invalid):
        site = services.restore_code(code_id=code_id, by=agent_of(request))
        done(request, _("%(label)s: the code is in use again.") % {"label": site.label})
        return redirect("desk:code", site.pk)
    return redirect("desk:codes")


@requires(Action.MAKE_SITE_CODES, "GET")
def sheets(request: HttpRequest) -> HttpResponseBase:
    """The labels of the chosen codes: PDF, or HTML with `as=page` or without Pango."""
    chosen = [pk for pk in map(number, request.GET.getlist("code")) if pk is not None]
    form = SheetForm(request.GET)
    sites = queries.by_ids(chosen[:MOST_PRINTED])
    if not sites or not form.is_valid():
        refused(request, _("Tick the codes to print."))
        return redirect("desk:codes")
    context = {"labels": [_label(site) for site in sites], "bilingual": _is_bilingual(), **form.cleaned_data}
    html = render_to_string("desk/codes/sheets.html", context, request)
    return printing.as_pdf(request, html, f"{_('codes')}.pdf")


def _label(site: SiteCode) -> dict[str, object]:
    """What is printed of a code: its square, its short address in words, what bears it in both languages."""
    path = reverse("public:site_code_bare", args=[site.code])
    link = printing.to_type(path)
    return {
        "site": site,
        "qr": qr.drawing(f"{settings.PARVIS_URL}{path}", link),
        "link": link,
        "start": link.removesuffix(site.code),
        "name_en": site.numbered(site.name_en or site.name_fr),
        "name_fr": site.numbered(site.name_fr),
    }


def _is_bilingual() -> bool:
    """Whether what the town puts on a street may also be in English."""
    return town().english == Town.English.OPEN


def _details(form: CodeForm, before: SiteCode | None = None) -> SiteDetails:
    return form.details({subject.slug: subject for subject in all_routable()}, before=before)


def _made(request: HttpRequest, made: list[SiteCode]) -> HttpResponseBase:
    words = ngettext("%(n)d code made.", "%(n)d codes made.", len(made)) % {"n": len(made)}
    done(request, words)
    return redirect("desk:codes")
