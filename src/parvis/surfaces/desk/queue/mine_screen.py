"""Template context of the user's own work: contacts in progress, then one list in the order in which to do it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import IntEnum
from operator import attrgetter
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from parvis.apps.cases.models import Case, Entry
from parvis.apps.cases.queries import due_status
from parvis.apps.cases.queries.cases import REPLIES, owned_by
from parvis.apps.cases.rules.states import Transition
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.identity.web.approvals import awaiting
from parvis.apps.intake.models import Callback
from parvis.apps.intake.queries.contacts import callbacks_for, contacts_given_to
from parvis.apps.workspace import queries
from parvis.apps.workspace.models import FollowUp, Mention
from parvis.lib import quebec
from parvis.lib.clock import now, today
from parvis.surfaces.desk.call import screen
from parvis.surfaces.desk.case.words import DeadlineLabel, deadline, lang, row_deadline
from parvis.surfaces.desk.gate import agent_of
from parvis.surfaces.desk.queue import screen as queue_screen

NEVER = datetime.max.replace(tzinfo=UTC)


class Rank(IntEnum):
    """Why something is to be done, what presses first."""

    CALLED, LATE, TODAY, REMINDER, CALL, CONTACT, APPROVAL, AHEAD, LATER = range(9)

    @property
    def tone(self) -> str:
        """The tone of the tag that says it."""
        return {Rank.CALLED: "warm", Rank.LATE: "bad", Rank.TODAY: "warm"}.get(self, "")


@dataclass(frozen=True)
class Step:
    """What to do about it: a form that is sent to `url`, or a link to follow."""

    label: str | Promise
    icon: str
    url: str
    posts: bool = False


@dataclass(frozen=True)
class Reason:
    """One reason to do something: its rank, since when or for when, in words, what to do, and the words of a note."""

    rank: Rank
    at: datetime
    words: str | Promise
    step: Step | None = None
    quote: str = ""


@dataclass(frozen=True)
class Task:
    """One thing to do, with all the reasons for it, the most pressing first."""

    key: str
    url: str
    icon: str
    title: str | Promise
    about: str
    face: DeadlineLabel
    reasons: list[Reason]

    @property
    def first(self) -> Reason:
        return self.reasons[0]

    @property
    def order(self) -> tuple[Rank, datetime, str]:
        """Its place in the list."""
        return self.first.rank, self.first.at, self.key


# --- What there is to do ----------------------------------------------------------------------------------------------


def tasks(user: User) -> list[Task]:
    """Everything that waits for the user, what presses first; those of rank LATER can wait. Constant queries."""
    return sorted([*_of_cases(user), *_calls(user), *_contacts_given(user), *_approvals(user)], key=attrgetter("order"))


def _of_cases(user: User) -> Iterator[Task]:
    """The requests that are the user's, that call them, or that they asked to see again: each once."""
    as_of = due_status.AsOf.now()
    rows = {row.case.pk: row for row in owned_by(user)}
    reasons = {pk: [*_from_citizen(row.case, user), _promised(row)] for pk, row in rows.items()}
    for mention in queries.mentions_of(user):
        case = mention.entry.case
        rows.setdefault(case.pk, due_status.row(case, as_of=as_of))
        reasons.setdefault(case.pk, []).append(_called(mention))
    for follow_up in queries.follow_ups_of(user):
        rows.setdefault(follow_up.case_id, due_status.row(follow_up.case, as_of=as_of))
        reasons.setdefault(follow_up.case_id, []).append(_reminder(follow_up))
    for pk, row in rows.items():
        case = row.case
        yield Task(
            key=case.reference,
            url=queue_screen.case_url(case.reference),
            icon=case.subject.icon,
            title=case.shown_title,
            about=", ".join(filter(None, (case.reference, case.place))),
            face=row_deadline(row),
            reasons=sorted(reasons[pk], key=attrgetter("rank", "at")),
        )


def _from_citizen(case: Case, user: User) -> Iterable[Reason]:
    """That the citizen had the last word, unless the user wrote it down."""
    if case.last_by_citizen and case.last_kind in REPLIES and case.last_actor != user.pk:
        step = _action(case, Transition.ANSWER, pgettext("action", "Answer"), "reply")
        yield Reason(Rank.CALLED, case.changed_at, Entry.label_of(case.last_kind), step)


def _promised(row: due_status.Row) -> Reason:
    """That it is the user's, by the date promised."""
    case = row.case
    close = _action(case, Transition.CLOSE, pgettext("action", "Close"), "circle-check")
    if case.is_paused:
        return Reason(Rank.LATER, case.due_at or NEVER, case.get_state_display())
    if case.due_at is None:
        return Reason(Rank.AHEAD, NEVER, _("No date was promised."), close)
    if row.group == "late":
        step = _action(case, Transition.NEW_DATE, pgettext("action", "New date"), "calendar-clock")
        return Reason(Rank.LATE, case.due_at, queue_screen.GROUPS["late"][0], step)
    if row.group == "today":
        return Reason(Rank.TODAY, case.due_at, _("Promised for today"), close)
    return Reason(Rank.AHEAD, case.due_at, queue_screen.GROUPS[row.group][0], close)


def _action(case: Case, transition: Transition, label: str, icon: str) -> Step | None:
    """The form of an action; None on a request that the user may not open."""
    if case.restricted:
        return None
    name = str(transition).replace("_", "-")
    return Step(label, icon, f"{queue_screen.case_url(case.reference)}?do={name}#do-{name}")


def _called(mention: Mention) -> Reason:
    step = Step(_("Seen"), "check", reverse("desk:read_mention", args=[mention.pk]), posts=True)
    words = _("%(who)s calls you") % {"who": mention.entry.actor}
    return Reason(Rank.CALLED, mention.at, words, step, mention.entry.body)


def _reminder(follow_up: FollowUp) -> Reason:
    at, due = datetime.combine(follow_up.on, time(), tzinfo=working_calendar().zone), follow_up.on <= today()
    step = Step(pgettext("reminder", "Done"), "check", reverse("desk:end_follow_up", args=[follow_up.pk]), posts=True)
    words = _("To see again today")
    if not due:
        words = _("To see again on %(day)s") % {"day": quebec.day_short(follow_up.on, lang(), today=today())}
    return Reason(Rank.REMINDER if due else Rank.LATER, at, words, step, follow_up.words)


def _calls(user: User) -> Iterator[Task]:
    """The calls given to the user, each; those that everyone at the desk may make, as one."""
    if not user.may(Action.MAKE_CALLBACK):
        return
    callbacks, url = callbacks_for(user), reverse("desk:callbacks")
    for callback in callbacks:
        if callback.assignee_id == user.pk:
            yield _call(callback, f"{url}#call-{callback.pk}", _("A call that is yours to make"))
    shared = [callback for callback in callbacks if callback.assignee_id is None]
    if shared:
        words = ngettext("%(n)d call is nobody’s yet", "%(n)d calls are nobody’s yet", len(shared))
        yield _call(shared[0], url, words % {"n": len(shared)})


def _call(callback: Callback, url: str, words: str) -> Task:
    case = callback.case
    return Task(
        key=f"call-{callback.pk}",
        url=url,
        icon="phone-outgoing",
        title=case.shown_title if case else _("Calls to make"),
        about=case.reference if case else "",
        face=deadline(callback.due_at),
        reasons=[Reason(Rank.CALL, callback.due_at, words, Step(pgettext("line", "Call"), "phone", url))],
    )


def _contacts_given(user: User) -> Iterator[Task]:
    count = contacts_given_to(user) if user.may(Action.TAKE_CONTACT) else 0
    if count:
        words = ngettext("%(n)d contact waits for you", "%(n)d contacts wait for you", count) % {"n": count}
        yield _elsewhere("contacts", "headset", words, Rank.CONTACT, reverse("desk:waiting"))


def _approvals(user: User) -> Iterator[Task]:
    if count := awaiting(user, "outreach"):
        words = ngettext("%(n)d message waits for your approval", "%(n)d messages wait for your approval", count)
        yield _elsewhere("outreach", "megaphone", words % {"n": count}, Rank.APPROVAL, reverse("desk:outreach"))
    if count := awaiting(user, "incidents"):
        words = ngettext("%(n)d incident waits for your approval", "%(n)d incidents wait for your approval", count)
        yield _elsewhere("incidents", "siren", words % {"n": count}, Rank.APPROVAL, reverse("desk:incidents"))


def _elsewhere(key: str, icon: str, words: str, rank: Rank, url: str) -> Task:
    reason = Reason(rank, now(), "", Step(pgettext("alert", "See"), "arrow-right", url))
    return Task(key, url, icon, words, "", DeadlineLabel("", "", ""), [reason])


# --- The screen -------------------------------------------------------------------------------------------------------


def whole(request: HttpRequest) -> dict[str, Any]:
    """The whole screen. Constant queries."""
    user = agent_of(request)
    every = tasks(user)
    return {
        "tabs": screen.tabs(request) if user.may(Action.TAKE_CONTACT) else [],
        "tasks": [task for task in every if task.first.rank < Rank.LATER],
        "later": [task for task in every if task.first.rank == Rank.LATER],
        "departments": queue_screen.departments_of(user)[:1],
    }
