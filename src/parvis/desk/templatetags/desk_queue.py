"""The rows of a queue, written by Python: fifty of them are most of the busiest page of the house (ADR 0011)."""

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from parvis.cases.models import Case, State
from parvis.catalogue.models import Nature
from parvis.desk.queue_screen import Shown
from parvis.ui import icons
from parvis.ui.templatetags import ui

register = template.Library()
SAID = 90  # characters of the words shown


@register.simple_tag
def queue_rows(rows: Iterable[Shown]) -> SafeString:
    """The lines of one group. A button that takes belongs to the form `take` of the page, which holds the rest."""
    return mark_safe("".join(_row(one) for one in rows))


def _row(one: Shown) -> str:
    case, face, reference = one.row.case, one.face, escape(one.row.case.reference)
    icon = case.subject.icon if case.subject.icon in icons.names() else "file-text"
    current = ' aria-current="true"' if one.current else ""
    return (
        f'<tr id="c-{reference}" data-seq="{case.seq}"><td class="due {face.css}"><b>{escape(face.big)}</b>'
        f"<small>{escape(face.small)}</small>"
        f"{ui.setts(one.row.setts, mini=True)}</td>"
        f'<td class="what"><a href="{escape(one.url)}"{current} data-row>{icons.drawing(icon)}'
        f"<span>{escape(case.shown_title)}</span></a><small>{reference}{_marks(case)}</small>{_said(case)}</td>"
        f'<td class="place">{_place(case)}</td><td class="owner">{_owner(one)}</td></tr>'
    )


def _marks(case: Case) -> str:
    marks = f" {ui.tag(_('urgent'), 'bad')}" if case.urgent else ""
    marks += f" {ui.tag(_('reopened'), 'bad')}" if case.level else ""
    marks += f" {ui.tag(_('nobody could be told'), 'bad')}" if case.untold_at else ""
    if case.hand_offs > 1:
        told = ngettext("passed on once", "passed on %(n)d times", case.hand_offs) % {"n": case.hand_offs}
        marks += f" {ui.tag(told, 'bad')}"
    notes = [_("waits for the citizen")] if case.state == State.ASKED else []
    notes += [_("waits for a third party")] if case.state == State.WAITING else []
    notes += [_("complaint")] if case.nature == Nature.COMPLAINT else []
    return marks + "".join(f", {escape(note)}" for note in notes)


def _said(case: Case) -> str:
    words = case.words if len(case.words) <= SAID else f"{case.words[: SAID - 1].rstrip()}…"
    return f'<small class="said">{escape(words)}</small>' if words else ""


def _place(case: Case) -> str:
    return escape(case.place) if case.place else f'<span class="quiet">{escape(_("no place"))}</span>'


def _owner(one: Shown) -> str:
    case = one.row.case
    if case.owner:
        return escape(str(case.owner))
    if not one.takeable:
        return str(ui.tag(pgettext("queue", "to take"), "warm"))
    label = escape(_("Take %(ref)s") % {"ref": case.reference})
    return (
        f'<button class="btn small" form="take" formaction="{escape(one.take_url)}" name="expect" value="{case.seq}" '
        f'aria-label="{label}" data-take>{icons.drawing("hand")}{escape(pgettext("gesture", "Take"))}</button>'
    )
