"""The import of facts from a file, with a preview of the changes; and the list of what must be fixed."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_safe
from wagtail.admin import messages

from parvis.apps.content.queries.checking import KINDS, Finding, counts, findings
from parvis.apps.content.services.fact_files import LONGEST
from parvis.apps.content.services.fact_import import FactFileError, as_csv, import_facts, plan_import
from parvis.apps.directory.models import Actor
from parvis.lib import clock
from parvis.lib.errors import Conflict, Refused
from parvis.surfaces.editor.account import editor_of
from parvis.surfaces.editor.gaps.forms import FileForm

NAME = "facts.csv"  # only CSV is read from a screen


@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Upload, preview, confirmation; the page of the preview carries the content of the file."""
    if request.method != "POST":
        return _page(request, form=FileForm())
    if "content" in request.POST:
        return _confirm(request, request.POST["content"], request.POST.get("mark", ""))
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form=form, status=422)
    return _preview(request, form.cleaned_data["file"].read(LONGEST + 1), form)


def _preview(request: HttpRequest, content: bytes, form: FileForm, status: int = 200) -> HttpResponse:
    try:
        planned = plan_import(content=content, name=NAME)
    except Refused as refused:
        return _page(request, form=form, problems=_problems(refused), status=refused.status)
    return _page(request, form=form, planned=planned, content=_text(content), status=status)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _confirm(request: HttpRequest, text: str, mark: str) -> HttpResponse:
    content = text.encode()
    try:
        done = import_facts(content=content, name=NAME, by=Actor.staff(editor_of(request)), mark=mark)
    except Conflict as refused:
        messages.warning(request, str(refused))
        return _preview(request, content, FileForm(), refused.status)
    except Refused as refused:
        return _page(request, form=FileForm(), problems=_problems(refused), status=refused.status)
    changed = len(done.told) - done.waiting
    if done.waiting:
        message = ngettext("%(n)d new value waits for review.", "%(n)d new values wait for review.", done.waiting)
        messages.success(request, message % {"n": done.waiting})
        if not changed:
            return redirect("edition:fact_review")
    message = ngettext("%(n)d fact has a new value.", "%(n)d facts have a new value.", changed)
    messages.success(request, message % {"n": changed})
    return redirect("facts:list")


def _problems(refused: Refused) -> list[str]:
    return refused.problems if isinstance(refused, FactFileError) else [str(refused)]


def _page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    titles = {"page_title": _("Facts from a file"), "header_icon": "upload"}
    return render(request, "editor/facts/bring.html", titles | context, status=status)


@require_GET
def as_file(request: HttpRequest) -> HttpResponse:
    """Every current fact, as a CSV file that may be edited and imported again."""
    response = HttpResponse("\ufeff" + as_csv(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="facts-{clock.today()}.csv"'
    return response


@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """Everything to fix in the answers and the facts, by kind: what `parvis check-knowledge` lists."""
    problems = findings()
    kinds = [
        (title, [(finding, _url(finding)) for finding in problems if finding.kind == kind])
        for kind, title in KINDS.items()
    ]
    context = {
        "kinds": [(title, rows) for title, rows in kinds if rows],
        "told": {weight.value: count for weight, count in counts(problems).items()},
        "page_title": _("To mend"),
        "header_icon": "warning",
    }
    return render(request, "editor/check.html", context)


def _url(finding: Finding) -> str:
    """The page where it is fixed; "" when that is not in the editors' space."""
    pages = {"answer": "answers:edit", "fact": "facts:edit"}
    return reverse(pages[finding.where], args=[finding.pk]) if finding.where in pages else ""
