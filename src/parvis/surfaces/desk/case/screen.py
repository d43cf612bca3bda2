"""Template context of the page of a case."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.apps.cases.models import Case, Entry, State
from parvis.apps.cases.queries import cases, incidents
from parvis.apps.cases.queries.access import may_list, may_read, sealed, transitions_for
from parvis.apps.cases.queries.reversals import effective_entries
from parvis.apps.cases.rules.states import Transition
from parvis.apps.cases.services.transitions import notification_channel
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.directory.services.staff import record_reading
from parvis.apps.intake.queries import alerts
from parvis.apps.matching.queries.town_glossary import is_english
from parvis.apps.open311.models import Forwarding
from parvis.apps.open311.queries import forwarding
from parvis.apps.open311.services.forwarding.cases import FORWARDED
from parvis.apps.places.models import Street
from parvis.apps.residents.queries.access import Field
from parvis.apps.workspace.models import CaseDraft
from parvis.apps.workspace.queries import drafts_at
from parvis.lib.errors import Restricted
from parvis.lib.i18n.localized import localized
from parvis.lib.words import number
from parvis.surfaces.desk.case.case_actions import FEWEST, FITTING, INTENTS, TAKE, CaseAction, actions_of, situation
from parvis.surfaces.desk.case.notified import chosen_words, sent_about
from parvis.surfaces.desk.case.transition_forms import TransitionForm
from parvis.surfaces.desk.case.words import (
    JournalLine,
    Names,
    assignment_reason,
    clocks,
    ends,
    lines,
    names_in,
    row_deadline,
)
from parvis.surfaces.desk.gate import agent_of, can_see, can_see_place
from parvis.surfaces.desk.queue.screen import QueuePosition
from parvis.ui.views import or_404

STATE_TONES = {State.NEW: "warm", State.WORKING: "water", State.CLOSED: "good"}
STATE_ICONS = {
    State.NEW: "hand",
    State.WORKING: "wrench",
    State.ASKED: "circle-help",
    State.WAITING: "hourglass",
    State.CLOSED: "circle-check",
}


@dataclass(frozen=True)
class RefusedForm:
    """A refused form, shown again: `meanwhile` is the last journal entry its page had shown, after a conflict."""

    action: CaseAction
    form: TransitionForm
    meanwhile: int | None = None


@dataclass(frozen=True)
class Panel:
    """One action on the page: its button, whether it is allowed, its form once open.

    Forms are rendered on demand: a case has fifteen of them, and one is used.
    """

    action: CaseAction
    form: TransitionForm | None
    allowed: bool
    url: str
    meanwhile: list[JournalLine] = field(default_factory=list)
    draft: CaseDraft | None = None
    given_back: bool = False  # opened by its draft, not by the user

    @property
    def name(self) -> str:
        return self.action.name

    @property
    def kept(self) -> CaseDraft | None:
        """The unsent draft."""
        return self.draft if self.draft and self.draft.has_words else None

    @property
    def opened(self) -> bool:
        return self.form is not None


@dataclass(frozen=True)
class Actions:
    """The actions that a user may make on a case: `first` on the page, those that fit its state; the rest by intent.

    `write` are those that the composer offers: an answer to the citizen, an internal note.
    """

    first: list[Panel]
    more: list[tuple[str | Promise, list[Panel]]]
    write: list[Panel]


def readable(request: HttpRequest, reference: str) -> Case:
    """The case of that reference; Http404 when it is unknown or the user may not read it.

    Restricted, with whom to ask, when it is in their lists and its subject closes it to them.
    """
    case, user = cases.by_reference(reference), agent_of(request)
    if case is None or not may_read(user, case):
        if case is not None and may_list(user, case):
            raise Restricted(case.reference, sealed(case).shown_title)
        raise Http404
    return case


def screen(
    user: User,
    case: Case | int,
    place: QueuePosition | None,
    *,
    refused: RefusedForm | None = None,
    do: str = "",
    asks_language: bool = False,
) -> dict[str, Any]:
    """The whole context of the page. Reading a case that has a person is logged.

    `do` is the action whose form is open; `asks_language`: whether that form shows the language of the letter.
    """
    page = or_404(cases.page(case, user))
    case = page.case
    if case.person_id and refused is None:
        record_reading(user=user, subject="case", subject_id=case.pk, reason=case.reference)
    names = names_in(page.entries)
    journal = lines(page, names, sent_about(case, page.entries))[::-1]
    seen = refused.meanwhile if refused else None
    meanwhile = [] if seen is None else [line for line in journal if line.seq > seen]
    drafts = drafts_at(case.pk, user)
    panels = _panels(user, case, page.transitions, refused, do, meanwhile, drafts, _transition_url(case, place))
    for panel in panels if asks_language else ():
        if panel.form is not None:
            panel.form.asks_language = True
    return {
        "page": page,
        "case": case,
        "face": row_deadline(page.row),
        "ends": ends(case),
        "clocks": clocks(case),
        "tags": _tags(case, page.entries),
        "why_here": _why_here(case, page.entries, names),
        "opening": next((line for line in journal if line.seq == 1), None),
        "received_by": page.entries[-1].actor if page.entries and not page.entries[-1].by_citizen else None,
        "journal": [line.without_words() if line.seq == 1 else line for line in journal],
        "panels": panels,
        "actions": _actions(case, panels),
        "drafts": drafts.values(),
        "incidents_joined": _incidents_joined(case, page.entries),
        **_alerts(user, case, page.entries),
        "forwardings": _forwardings(case, page.entries),
        "may_forward": "note" in page.transitions,
        "may_send_on": str(Transition.NOT_MINE) in page.transitions,
        "opinions": page.opinions,
        "reach": _reach(case) if any(panel.opened for panel in panels) else "",
        "english": case.language == "en" or is_english(case.words),
        "may_read_person": user.may(Action.READ_PERSON),
        "person_open": case.person is not None and can_see(user, case.person, Field.PHONE, of=case),
        "may_print": user.may(Action.TAKE_CONTACT),
        "closing": _closing(case),
        "details": [
            {name: localized(SimpleNamespace(**detail), name) for name in ("label", "shown")} for detail in case.details
        ],
        "place": place,
        **where(user, case),
    }


def where(user: User, case: Case) -> dict[str, Any]:
    """Where the case is: words, sector, owner of the street; only `case.place` unless the user may see the place
    (`place_open`). `has_point`: whether a plan can be drawn.
    """
    visible = can_see_place(user, case)
    point = case.point if visible else None
    address = case.address if visible else None
    return {
        "place_open": visible,
        "place_words": case.full_place if visible else case.place,
        "place_sector": address.sector if address else None,
        "place_owner": street_owners().get(address.street.owner, "") if address else "",
        "has_point": bool(point or (address and address.point)),
    }


def panel(user: User, case: Case, action: CaseAction, place: QueuePosition | None, seen: str) -> dict[str, Any]:
    """The form of one action, for a page that shows the entries up to `seen`.

    Raises Http404 when the action has no form, or the user may not make it now.
    """
    if action.one_press or str(action.transition) not in transitions_for(user, case):
        raise Http404
    draft = drafts_at(case.pk, user).get(action.name)
    form = _form(action, case, user, draft)
    form.initial["expect"] = number(seen) or case.seq
    shown = Panel(action, form, allowed=True, url=_transition_url(case, place)(action), draft=draft)
    return {"panel": shown, "case": case, "place": place, "reach": _reach(case), "closing": _closing(case)}


def more(user: User, case: Case) -> dict[str, Any]:
    """What the menu of the page offers beside actions: the incidents to join, the outside bodies to send it to."""
    transitions = transitions_for(user, case)
    may_join = case.is_open and not case.is_comment and incidents.may_join_case(user, case)
    joined = {incident.pk for incident in incidents.of_case(case)} if may_join else set()
    may_send = "take" in transitions and not case.is_comment and not case.place_protected
    free = may_send and not any(row.is_live for row in forwarding.forwardings_of(case))
    return {
        "case": case,
        "incidents_free": [row for row in incidents.all_shown() if row.incident.pk not in joined] if may_join else [],
        "destinations": forwarding.destinations_of(case) if free else [],
    }


def near(user: User, case: Case) -> list[Case]:
    """The open cases of the same street that the user may read; none when they may not see its place."""
    shown = cases.on_same_street(case) if can_see_place(user, case) else []
    return [other for other in shown if may_read(user, other)]


def _incidents_joined(case: Case, entries: list[Entry]) -> list[Any]:
    """The incidents joined; queried only when the journal has one."""
    if not any(entry.kind == Entry.Kind.JOINED for entry in entries):
        return []
    return [incidents.shown(incident) for incident in incidents.of_case(case)]


def _alerts(user: User, case: Case, entries: list[Entry]) -> dict[str, Any]:
    """The alerts, queried only when the journal has one."""
    return {
        "alerts_here": alerts.of_case(case.pk) if any(entry.kind == Entry.Kind.ALERTED for entry in entries) else [],
        "may_mark": user.may(Action.RAISE_ALERT),
        "may_lift": user.may(Action.HANDLE_ALERT),
    }


def _forwardings(case: Case, entries: list[Entry]) -> Sequence[Forwarding]:
    """What was sent to outside bodies; queried only when the journal has one."""
    return forwarding.forwardings_of(case) if any(entry.kind == FORWARDED.name for entry in entries) else []


def _panels(
    user: User,
    case: Case,
    transitions: set[str],
    refused: RefusedForm | None,
    do: str,
    meanwhile: list[JournalLine],
    drafts: dict[str, CaseDraft],
    url: Callable[[CaseAction], str],
) -> list[Panel]:
    """The actions of the page. The open one is the refused one, else the one asked for, else the latest draft."""
    unsent = [draft for draft in drafts.values() if draft.has_words] if refused is None and not do else []
    last = max(unsent, key=lambda draft: draft.saved_at).action if unsent else ""
    panels = []
    for action in actions_of(case):
        draft = drafts.get(action.name)
        allowed = str(action.transition) in transitions
        if refused is not None and refused.action.transition is action.transition:
            panels.append(Panel(action, refused.form, allowed, url(action), meanwhile, draft))
        elif (allowed and not (action is TAKE and case.owner_id == user.pk)) or action.name == last:
            opened = refused is None and action.name in (do, last) and not action.one_press
            form = _form(action, case, user, draft) if opened else None
            panels.append(Panel(action, form, allowed, url(action), [], draft, given_back=action.name == last))
    return panels


def _transition_url(case: Case, place: QueuePosition | None) -> Callable[[CaseAction], str]:
    """The URL of each action of a case, for a page opened from that place of a list."""
    base, query = reverse("desk:case", args=[case.reference]), f"?{place.in_address}" if place else ""
    return lambda action: f"{base}{action.name}/{query}"


def _actions(case: Case, panels: list[Panel]) -> Actions:
    allowed = {panel.action.transition: panel for panel in panels if panel.allowed}
    first = [allowed[each] for each in FITTING[situation(case)] if each in allowed]
    if len(first) < FEWEST:
        first += [panel for panel in allowed.values() if panel not in first][: FEWEST - len(first)]
    rest = {each: panel for each, panel in allowed.items() if panel not in first}
    groups = [(title, [rest[each] for each in chosen if each in rest]) for title, chosen in INTENTS.items()]
    return Actions(
        first=first,
        more=[(title, shown) for title, shown in groups if shown],
        write=[allowed[each] for each in (Transition.ANSWER, Transition.NOTE) if each in allowed],
    )


def _form(action: CaseAction, case: Case, user: User, draft: CaseDraft | None) -> TransitionForm:
    """The form of an action, filled with its draft."""
    typed = dict(draft.typed) if draft and draft.has_words else {}
    initial = {name: typed[name] for name in typed.keys() & action.form.base_fields.keys()}
    form = action.form(case=case, by=user, name=action.name, initial=initial | {"expect": case.seq})
    form.asks_language = form.asks_language or bool(typed.get("language"))
    return form


def _comes_and_goes(entries: list[Entry]) -> bool:
    """Whether the case returned to a department that had passed it on."""
    passed = [entry.data for entry in reversed(effective_entries(entries)) if entry.kind == Entry.Kind.PASSED]
    return any(
        transfer.get("to") in {earlier.get("from") for earlier in passed[:rank]} for rank, transfer in enumerate(passed)
    )


def _why_here(case: Case, entries: list[Entry], names: Names) -> list[str]:
    """Why the case is in this department: the routing rule, then the last department that passed it on, and why."""
    opened = next((entry for entry in entries if entry.seq == 1), None)
    why = [case.why_here]
    last = next((entry for entry in effective_entries(entries) if entry.kind == Entry.Kind.PASSED), None)
    if last is not None:
        values = {"department": names.departments.get(str(last.data.get("from")), ""), "words": last.body or "-"}
        why.append(_("Then passed on by %(department)s: “%(words)s”") % values)
    latest = last or opened
    why.append(assignment_reason(latest, names) if latest else "")
    return [words for words in why if words]


def _tags(case: Case, entries: list[Entry]) -> list[dict[str, str]]:
    state = State(case.state)  # `get_state_display` would translate the label of every state
    tags = [{"text": str(state.label), "tone": STATE_TONES.get(state, ""), "icon": STATE_ICONS[state]}]
    if case.urgent and case.is_open:
        tags.append({"text": _("urgent"), "tone": "bad", "icon": "siren"})
    if case.level:
        text = ngettext("reopened once", "reopened %(n)d times", case.level) % {"n": case.level}
        tags.append({"text": text, "tone": "bad", "icon": "rotate-ccw"})
    if case.names_hidden_at:
        tags.append({"text": _("names of the staff hidden"), "tone": "bad", "icon": "shield-alert"})
    if case.notification_failed_at:
        tags.append({"text": _("nobody could be told"), "tone": "bad", "icon": "mail"})
    if case.title:
        tags.append({"text": case.subject.title, "tone": "", "icon": ""})
    tags.append({"text": str(Nature(case.nature).label), "tone": "", "icon": ""})
    if _comes_and_goes(entries):
        tags.append({"text": _("comes and goes"), "tone": "bad", "icon": "arrow-left-right"})
    if case.hand_offs:
        text = ngettext("passed on once", "passed on %(n)d times", case.hand_offs) % {"n": case.hand_offs}
        tags.append({"text": text, "tone": "", "icon": "forward"})
    return tags


def _reach(case: Case) -> str:
    """How the citizen is notified of what is sent from this page, in words for the writer."""
    person = case.person.canonical if case.person else None
    if person is None and (ways := chosen_words(case)):
        return _("Anonymous, but chose to be told %(ways)s.") % {"ways": ways}
    if person is None:
        return _("Anonymous: nobody will receive it. It can be read by whoever holds the reference and the code.")
    if case.quiet_at:
        return _("%(name)s asked that nothing be sent: it is read on the page of the request.") % {"name": person.name}
    if ways := chosen_words(case):
        return _("%(name)s chose to be told %(ways)s.") % {"name": person.name, "ways": ways}
    channel = notification_channel(person)
    if channel == Entry.NotifiedVia.EMAIL:
        words = _("%(name)s receives it by e-mail.")
    elif channel == Entry.NotifiedVia.POST:
        words = _("%(name)s receives it on paper: an agent prints it.")
    elif channel == Entry.NotifiedVia.PHONE and person.reach == person.Reach.PHONE and person.email:
        words = _("%(name)s asked to be called, not written to: an agent will phone.")
    elif channel == Entry.NotifiedVia.PHONE:
        words = _("%(name)s has no e-mail: an agent will phone.")
    elif person.reach == person.Reach.NONE:
        words = _("%(name)s asked not to be contacted: nothing is sent. It is read with the reference and the code.")
    else:
        words = _("We do not know how to reach %(name)s: nothing is sent. It is read with the reference and the code.")
    return words % {"name": person.name}


def _closing(case: Case) -> str:
    if case.subject.proof == Subject.Proof.PHOTO:
        return _("A photo of the work done, or the number of the work order.")
    if case.subject.proof == Subject.Proof.WORDS:
        return _("A sentence that says what was done and seen.")
    return _("A reason and words for the citizen. No proof is asked.")


def street_owners() -> dict[str, str]:
    """The labels of the owners of streets, by the values of `Street.Owner`."""
    return {
        Street.Owner.TOWN.value: _("Municipal street, ours"),
        Street.Owner.MTMD.value: _("Provincial road, the ministry of transport"),
        Street.Owner.PRIVATE.value: _("Private street"),
    }
