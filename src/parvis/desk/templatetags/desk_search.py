"""The requests that a search found, written by Python as the rows of a queue are (ADR 0011)."""

from collections.abc import Iterable
from html import escape

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from parvis.cases.models import State
from parvis.desk.case_words import Face, lang
from parvis.desk.queue_screen import REFERENCE
from parvis.desk.search_screen import Line
from parvis.desk.search_words import Why
from parvis.ui import icons

register = template.Library()


@register.simple_tag
def search_rows(lines: Iterable[Line], ticked: bool) -> SafeString:
    """A list item for each request; `ticked`: with a box by which it is chosen."""
    url = escape(reverse("desk:case", args=[REFERENCE]))
    return mark_safe("".join(_row(one, url, ticked) for one in lines))


def _row(one: Line, url: str, ticked: bool) -> str:
    case, reference = one.case, escape(one.case.reference)
    icon = case.subject.icon if case.subject.icon in icons.names() else "file-text"
    place = [case.place] if case.place else []
    owner = [str(case.owner)] if case.owner else []
    said = escape(", ".join([case.reference, str(State(case.state).label), case.department.name, *owner, *place]))
    return (
        f"<li>{_box(one, reference) if ticked else ''}{_due(one.face)}"
        f'<span class="what"><a href="{url.replace(REFERENCE, reference)}" data-row>{icons.drawing(icon)}'
        f"{escape(case.shown_title)}</a><small>{said}</small>{_whys(one.whys)}</span></li>"
    )


def _box(one: Line, reference: str) -> str:
    label = escape(_("Tick %(ref)s") % {"ref": one.case.reference})
    return f'<input type="checkbox" name="case" value="{one.case.pk}:{one.case.seq}" aria-label="{label}">'


def _due(face: Face) -> str:
    small = f"<small>{escape(face.small)}</small>" if face.small else ""
    return f'<span class="due {face.css}"><b>{escape(face.big)}</b>{small}</span>'


def _whys(whys: Iterable[Why]) -> str:
    colon = "&nbsp;:" if lang() == "fr" else ":"
    told = "".join(f"<span>{escape(why.where)}{colon} {why.piece}</span>" for why in whys)
    return f'<small class="why">{told}</small>' if told else ""
