"""What stands on the page of one case, gathered for its templates."""

from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from parvis.apps.cases import incidents
from parvis.apps.cases import queries as cases
from parvis.apps.cases.access import may_read, moves_for
from parvis.apps.cases.models import Case, Entry, State
from parvis.apps.cases.reversals import effective_entries
from parvis.apps.cases.services.moves import notification_channel
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.services import record_reading
from parvis.apps.intake import alerts
from parvis.apps.knowledge.help_lines import HELP_LINES
from parvis.apps.knowledge.town_glossary import is_english
from parvis.apps.mail import queries as mail
from parvis.apps.places.models import Street
from parvis.apps.places.plan import sketch
from parvis.apps.residents.access import Field
from parvis.apps.workspace.models import CaseDraft
from parvis.apps.workspace.queries import drafts_at
from parvis.lib.localized import localized
from parvis.lib.words import number
from parvis.surfaces.desk.alerts.forms import blank
from parvis.surfaces.desk.case.gestures import TAKE, Gesture, gestures_of
from parvis.surfaces.desk.case.move_forms import MoveForm
from parvis.surfaces.desk.case.words import Line, Names, clocks, ends, face, given_words, lines, names_in
from parvis.surfaces.desk.gate import agent_of, can_see, can_see_place
from parvis.surfaces.desk.queue.screen import Place

STATE_TONES = {State.NEW: "warm", State.WORKING: "water", State.CLOSED: "good"}
STATE_ICONS = {
    State.NEW: "hand",
    State.WORKING: "wrench",
    State.ASKED: "circle-help",
    State.WAITING: "hourglass",
    State.CLOSED: "circle-check",
}


@dataclass(frozen=True)
class Sent:
    """A form that came back: the gesture, what was typed, and the number of the entry that its page had shown."""

    gesture: Gesture
    form: MoveForm
    meanwhile: int | None = None


@dataclass(frozen=True)
class Panel:
    """One gesture as it stands on the page: its button, whether it may still be sent, its form once it is open. A form
    is drawn when it is asked for: a case has fifteen of them, and one is used.
    """

    gesture: Gesture
    form: MoveForm | None
    allowed: bool
    meanwhile: list[Line] = field(default_factory=list)
    draft: CaseDraft | None = None
    given_back: bool = False  # open because words wait in it, and nobody asked for it

    @property
    def name(self) -> str:
        return self.gesture.name

    @property
    def kept(self) -> CaseDraft | None:
        """What was typed there and not sent."""
        return self.draft if self.draft and self.draft.has_words else None

    @property
    def opened(self) -> bool:
        return self.form is not None


def readable(request: HttpRequest, reference: str) -> Case:
    """The case of that reference, when this person may read it; the same 404 for every other."""
    case = cases.whole(reference)
    if case is None or not may_read(agent_of(request), case):
        raise Http404
    return case


def screen(
    user: User,
    case: Case | int,
    place: Place | None,
    *,
    sent: Sent | None = None,
    do: str = "",
    asks_language: bool = False,
) -> dict[str, Any]:
    """Everything that one case's page shows. Reading a case that has a person is logged.

    `do` is the gesture whose form is open, `asks_language` whether it asks in which language its letter goes.
    """
    page = cases.page(case, user)
    if page is None:
        raise Http404
    case = page.case
    if case.person_id and sent is None:
        record_reading(user=user, subject="case", subject_id=case.pk, reason=case.reference)
    names = names_in(page.entries)
    letters = mail.by_keys(
        f"{case.reference}/{entry.seq}" for entry in page.entries if entry.notified_via == Entry.NotifiedVia.EMAIL
    )
    journal = lines(page.entries, names, letters, case)
    later = sum(entry.seq > sent.meanwhile for entry in page.entries) if sent and sent.meanwhile is not None else 0
    drafts = drafts_at(case.pk, user)
    panels = _panels(user, case, page.moves, sent, do, journal[:later], drafts)
    for panel in panels if asks_language else ():
        if panel.form is not None:
            panel.form.asks_language = True
    return {
        "page": page,
        "case": case,
        "face": face(page.row),
        "ends": ends(case),
        "clocks": clocks(case),
        "tags": _tags(case, page.entries),
        "why_here": _why_here(case, page.entries, names),
        "journal": journal,
        "panels": panels,
        "drafts": drafts.values(),
        "opened": any(panel.opened and not panel.given_back for panel in panels),
        "near": [item for item in page.near if may_read(user, item)],
        **_incident(user, case, page.entries),
        **_alerts(user, case, page.entries),
        "opinions": list(case.opinions.all()),
        "reach": _reach(case),
        "english": case.language == "en" or is_english(case.words),
        "may_read_person": user.may(Action.READ_PERSON),
        "person_open": case.person is not None and can_see(user, case.person, Field.PHONE),
        "may_print": user.may(Action.TAKE_CONTACT),
        "closing": _closing(case),
        "details": [
            {"label": localized(_Detail(detail), "label"), "shown": localized(_Detail(detail), "shown")}
            for detail in case.details
        ],
        "place": place,
        **where(user, case),
    }


def where(user: User, case: Case) -> dict[str, Any]:
    """Where the case is, for whoever may see it (`place_open`): its words, its sector, its point."""
    opened = can_see_place(user, case)
    point = case.point if opened else None
    return {
        "place_open": opened,
        "place_words": case.full_place if opened else case.place,
        "place_sector": case.address.sector if opened and case.address else None,
        "place_owner": _place_owner(case) if opened else "",
        "sketch": sketch(point) if point else None,
        "geo": f"{point[0]:.6f},{point[1]:.6f}" if point else "",
    }


def panel(user: User, case: Case, gesture: Gesture, place: Place | None, seen: str) -> dict[str, Any]:
    """The form of one gesture for a page that has shown the entries up to the number `seen`.

    Raises Http404 when this gesture has no form, or is not this person's to make now.
    """
    if gesture.one_press or str(gesture.move) not in moves_for(user, case):
        raise Http404
    draft = drafts_at(case.pk, user).get(gesture.name)
    form = _form(gesture, case, user, draft)
    form.initial["expect"] = number(seen) or case.seq
    shown = Panel(gesture, form, allowed=True, draft=draft)
    return {"panel": shown, "case": case, "place": place, "reach": _reach(case), "closing": _closing(case)}


def _incident(user: User, case: Case, entries: list[Entry]) -> dict[str, Any]:
    """The incidents it is joined to, asked only when its journal says so; else those it may join. At most one query."""
    joined = incidents.of_case(case) if any(entry.kind == Entry.Kind.JOINED for entry in entries) else []
    may = case.is_open and not case.is_comment and incidents.may_join_case(user, case)
    free = [shown for shown in incidents.all_shown() if shown.incident not in joined] if may else []
    return {"incidents_joined": [incidents.shown(incident) for incident in joined], "incidents_free": free}


def _alerts(user: User, case: Case, entries: list[Entry]) -> dict[str, Any]:
    """What was marked of it, asked only when its journal says so; the form to mark it. At most one query."""
    may = user.may(Action.RAISE_ALERT)
    return {
        "alerts_here": alerts.of_case(case.pk) if any(entry.kind == Entry.Kind.ALERTED for entry in entries) else [],
        "may_mark": may,
        "may_lift": user.may(Action.HANDLE_ALERT),
        "alert_form": blank("alert") if may else None,
        "help_lines": HELP_LINES,
    }


class _Detail:
    """An answer kept in both languages, read like any bilingual text."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


def _panels(
    user: User,
    case: Case,
    moves: set[str],
    sent: Sent | None,
    do: str,
    meanwhile: list[Line],
    drafts: dict[str, CaseDraft],
) -> list[Panel]:
    """The gestures of the page; the one open is the one sent, else the one asked for, else the last with words kept."""
    waiting = [case_draft for case_draft in drafts.values() if case_draft.has_words] if sent is None and not do else []
    last = max(waiting, key=lambda case_draft: case_draft.saved_at).gesture if waiting else ""
    result = []
    for gesture in gestures_of(case):
        draft = drafts.get(gesture.name)
        mine = sent is not None and sent.gesture.move is gesture.move
        allowed = str(gesture.move) in moves
        if sent is not None and mine:
            result.append(Panel(gesture, sent.form, allowed=allowed, meanwhile=meanwhile, draft=draft))
        elif (allowed and not (gesture.move == "take" and case.owner_id == user.pk)) or gesture.name == last:
            asked = sent is None and gesture.name in (do, last) and not gesture.one_press
            form = _form(gesture, case, user, draft) if asked else None
            result.append(Panel(gesture, form, allowed=allowed, draft=draft, given_back=gesture.name == last))
    return sorted(
        result, key=lambda item: not item.gesture.main or (item.gesture is TAKE and case.owner_id is not None)
    )


def _form(gesture: Gesture, case: Case, user: User, draft: CaseDraft | None) -> MoveForm:
    """The form of a gesture, with what was typed there and not sent."""
    typed = dict(draft.typed) if draft and draft.has_words else {}
    initial = {name: typed[name] for name in typed.keys() & gesture.form.base_fields.keys()}
    form = gesture.form(case=case, by=user, name=gesture.name, initial=initial | {"expect": case.seq})
    form.asks_language = form.asks_language or bool(typed.get("language"))
    return form


def _comes_and_goes(entries: list[Entry]) -> bool:
    """Whether the case came back to a department that had passed it on."""
    passed = [
        effective_entry.data
        for effective_entry in reversed(effective_entries(entries))
        if effective_entry.kind == Entry.Kind.PASSED
    ]
    return any(one.get("to") in {each.get("from") for each in passed[:at]} for at, one in enumerate(passed))


def _why_here(case: Case, entries: list[Entry], names: Names) -> list[str]:
    """Why the case is in this department: the rule that sent it at first, then who passed it on last, and why."""
    opened = next((entry for entry in entries if entry.seq == 1), None)
    why = [case.why_here]
    last = next(
        (
            effective_entry
            for effective_entry in effective_entries(entries)
            if effective_entry.kind == Entry.Kind.PASSED
        ),
        None,
    )
    if last is not None:
        told = {"department": names.departments.get(str(last.data.get("from")), ""), "words": last.body or "-"}
        why.append(_("Then passed on by %(department)s: “%(words)s”") % told)
    latest = last or opened
    why.append(given_words(latest, names) if latest else "")
    return [item for item in why if item]


def _tags(case: Case, entries: list[Entry]) -> list[dict[str, str]]:
    state = State(case.state)  # its label: `get_state_display` translates those of all the states to find one
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
    """How the citizen hears of what is sent from this page, in words for whoever writes."""
    person = case.person.canonical if case.person else None
    if person is None:
        return _("Anonymous: nobody will receive it. It can be read by whoever holds the reference and the code.")
    told = notification_channel(person)
    if told == Entry.NotifiedVia.EMAIL:
        return _("%(name)s receives it by e-mail.") % {"name": person.name}
    if told == Entry.NotifiedVia.POST:
        return _("%(name)s receives it on paper: an agent prints it.") % {"name": person.name}
    if told == Entry.NotifiedVia.PHONE:
        if person.reach == person.Reach.PHONE and person.email:
            return _("%(name)s asked to be called, not written to: an agent will phone.") % {"name": person.name}
        return _("%(name)s has no e-mail: an agent will phone.") % {"name": person.name}
    if person.reach == person.Reach.NONE:
        text = _("%(name)s asked not to be contacted: nothing is sent. It is read with the reference and the code.")
        return text % {"name": person.name}
    text = _("We do not know how to reach %(name)s: nothing is sent. It is read with the reference and the code.")
    return text % {"name": person.name}


def _closing(case: Case) -> str:
    if case.subject.proof == Subject.Proof.PHOTO:
        return _("A photo of the work done, or the number of the work order.")
    if case.subject.proof == Subject.Proof.WORDS:
        return _("A sentence that says what was done and seen.")
    return _("A reason and words for the citizen. No proof is asked.")


def street_owners() -> dict[str, str]:
    """Who keeps a street, in words, by the values of `Street.Owner`."""
    return {
        Street.Owner.TOWN.value: _("Municipal street, ours"),
        Street.Owner.MTMD.value: _("Provincial road, the ministry of transport"),
        Street.Owner.PRIVATE.value: _("Private street"),
    }


def _place_owner(case: Case) -> str:
    if case.address is None:
        return ""
    return street_owners().get(case.address.street.owner, "")
