"""Writing, testing, scheduling, pausing the issues."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Group
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import town
from parvis.apps.directory.rules.permissions import Action as Permission
from parvis.apps.directory.services.second_person import is_decider
from parvis.apps.mail.services.outgoing import queue_letter
from parvis.apps.newsletter.letters.issues import prepared
from parvis.apps.newsletter.models import Issue, IssueDelivery, Journal
from parvis.apps.newsletter.rules.blocks import Block
from parvis.apps.newsletter.services.sending import SEND, fill
from parvis.lib.clock import now
from parvis.lib.database.rows import insert, locked_row
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from parvis.lib.jobs import enqueue
from parvis.lib.words import one_line

TEST = "parvis.apps.newsletter.letters.issues.test_letter"
State, Action = Issue.State, Journal.Action


@dataclass(frozen=True)
class Words:
    """What an issue says, to whom, and who says it: `sender` and `postal_address` are the town's when None."""

    title_fr: str
    intro_fr: str = ""
    title_en: str = ""
    intro_en: str = ""
    url: str = ""
    blocks: Sequence[Block] = ()
    groups: Collection[int] = ()
    sectors: Collection[int] = ()
    streets: Collection[int] = ()
    sender: str | None = None
    postal_address: str | None = None


@transaction.atomic
def save_issue(
    *, words: Words, key: str = "", issue_id: int | None = None, by: User, seen: datetime | None = None
) -> Issue:
    """Writes a new issue, once per `key`, or the words of one that has not left, which is a draft again.

    Raises Invalid (title_fr, intro_fr, url, sender, postal_address): nothing leaves without who sends it, from where,
    and the way out; Conflict when it has left, or changed since `seen`; NotAllowed, NotFound.
    """
    refuse(by)
    moment = now()
    if issue_id is None:
        issue = Issue(key=key, created_at=moment, changed_at=moment, by=by)
        set_words(issue, words)
        if not insert(issue, unless="key"):
            return Issue.objects.get(key=key)
        issue.note(Action.WRITTEN, by=by)
    else:
        issue = locked(issue_id)
        if not issue.editable:
            raise Conflict(_("This issue has left: what was sent cannot be changed."))
        if seen is not None and issue.changed_at != seen:
            raise Conflict(_("Someone changed this issue meanwhile. Copy your words, then open it again."))
        set_words(issue, words)
        issue.state, issue.starts_at, issue.held_reason, issue.changed_at = State.DRAFT, None, "", moment
        issue.save()
        issue.note(Action.CHANGED, by=by)
    issue.groups.set(Group.objects.filter(pk__in=words.groups))
    refuse_without_way_out(issue)
    return issue


@transaction.atomic
def send_test(*, issue_id: int, language: str, by: User) -> None:
    """Sends an issue to who writes it, and to nobody else. Raises Invalid (email), NotAllowed, NotFound."""
    refuse(by)
    issue = locked(issue_id)
    key = f"issue-test-{issue.pk}-{by.pk}-{now():%Y%m%d%H%M%S%f}"
    queue_letter(key=key, to=by.email, language=language, renderer=TEST, args=[issue.pk, language])
    issue.note(Action.TESTED, by=by, words=by.email)


@transaction.atomic
def schedule(*, issue_id: int, at: datetime, by: User) -> Issue:
    """Sends an issue at a moment to come: one approved already, or alone, by a decider, which the journal says.

    Raises Invalid (send_at), Conflict when it has left, NotAllowed without an approval, NotFound.
    """
    refuse(by)
    issue = locked(issue_id)
    check_moment(at)
    if not issue.editable:
        raise Conflict(_("This issue has left already."))
    refuse_without_way_out(issue)
    _decide_alone(issue, by)
    set_moment(issue, at, by)
    return issue


def check_moment(at: datetime) -> None:
    """Raises Invalid (send_at) for a moment that is past."""
    if at <= now():
        raise Invalid.in_field("send_at", _("This moment is past: choose one to come, or send now."))


def set_moment(issue: Issue, at: datetime, by: User) -> None:
    """Makes an approved issue leave at a moment, in the caller's transaction."""
    issue.state, issue.starts_at, issue.held_reason, issue.changed_at = State.SCHEDULED, at, "", now()
    issue.save(update_fields=["state", "starts_at", "held_reason", "changed_at"])
    issue.note(Action.SCHEDULED, by=by, words=at.isoformat())


def _decide_alone(issue: Issue, by: User) -> None:
    """Writes in the journal that a decider sends alone what nobody approved. Raises NotAllowed for anyone else."""
    if issue.is_approved:
        return
    if not is_decider(by):
        raise NotAllowed(_("Someone else reads an issue before it leaves: ask for an approval."))
    issue.note(Action.BYPASSED, by=by)


@transaction.atomic
def unschedule(*, issue_id: int, by: User) -> Issue:
    """Makes a draft again of an issue that is scheduled, waits for an approval, or whose moment passed.

    Raises Conflict when it has left, NotAllowed, NotFound.
    """
    refuse(by)
    issue = locked(issue_id)
    if not issue.editable:
        raise Conflict(_("This issue has left already."))
    if issue.state != State.DRAFT:
        issue.state, issue.starts_at, issue.held_reason, issue.changed_at = State.DRAFT, None, "", now()
        issue.save(update_fields=["state", "starts_at", "held_reason", "changed_at"])
        issue.note(Action.UNSCHEDULED, by=by)
    return issue


@transaction.atomic
def send_now(*, issue_id: int, by: User) -> Issue:
    """Starts to send an issue: one approved already, or alone, by a decider, which the journal says.

    Repeated, changes nothing. Raises Invalid (title_fr), NotAllowed without an approval, NotFound.
    """
    refuse(by)
    issue = locked(issue_id)
    if issue.editable:
        refuse_without_way_out(issue)
        _decide_alone(issue, by)
        fill(issue, by=by)
        enqueue(SEND)
    return issue


@transaction.atomic
def pause(*, issue_id: int, by: User) -> Issue:
    """Stops the sending after the letter under way. Raises Conflict when it is not being sent, NotAllowed, NotFound."""
    refuse(by)
    issue = locked(issue_id)
    if issue.state != State.SENDING:
        raise Conflict(_("This issue is not being sent."))
    issue.state, issue.held_reason = State.PAUSED, ""
    issue.save(update_fields=["state", "held_reason"])
    issue.note(Action.PAUSED, by=by)
    return issue


@transaction.atomic
def resume(*, issue_id: int, by: User) -> Issue:
    """Sends the rest of an issue, and nothing twice. Raises Conflict when it is not paused, NotAllowed, NotFound."""
    refuse(by)
    issue = locked(issue_id)
    if issue.state != State.PAUSED:
        raise Conflict(_("This issue is not paused."))
    if issue.started_at is None:  # its moment had passed
        fill(issue, by=by)
    else:
        issue.state, issue.held_reason = State.SENDING, ""
        issue.save(update_fields=["state", "held_reason"])
        issue.note(Action.RESUMED, by=by)
    enqueue(SEND)
    return issue


@transaction.atomic
def retry(*, issue_id: int, state: str, by: User) -> int:
    """Sends again the letters that failed, or that perhaps left; returns how many. Who left meanwhile gets none.

    `state` is FAILED or UNCERTAIN; the latter may come twice. Those of a paused issue wait until it is resumed. Raises
    Invalid for another state, Conflict when its end has passed, NotAllowed, NotFound.
    """
    refuse(by)
    issue = locked(issue_id)
    if state not in (IssueDelivery.State.FAILED, IssueDelivery.State.UNCERTAIN):
        raise Invalid(_("Only letters that failed, or that perhaps left, are sent again."))
    if issue.is_over:
        raise Conflict(_("It is over: its letters are not sent again."))
    rows = issue.deliveries.filter(state=state, point__confirmed_at__isnull=False, point__suppressed_at=None)
    count = rows.update(state=IssueDelivery.State.QUEUED, queued_at=now(), not_before=None, attempts=0, error="")
    if count:
        if issue.state != State.PAUSED:
            Issue.objects.filter(pk=issue.pk).update(state=State.SENDING, held_reason="", ended_at=None)
        issue.note(Action.RETRIED, by=by, words=f"{state}: {count}")
        enqueue(SEND)
    return count


def refuse(by: User) -> None:
    """Raises NotAllowed unless the user may write the newsletter."""
    by.require(Permission.WRITE_NEWSLETTER, _("Your role does not allow this."))


def locked(issue_id: int) -> Issue:
    """The issue, its row locked. Raises NotFound."""
    return locked_row(Issue.objects.filter(pk=issue_id), _("This issue does not exist."))


def refuse_without_way_out(issue: Issue) -> None:
    """Raises Invalid when a letter of this issue would not hold the link that leaves."""
    for language in ("fr", "en") if issue.title_en else ("fr",):
        if not prepared(issue, language).can_be_left:
            raise Invalid(_("A letter must hold the link by which it is left."))


def set_words(issue: Issue, words: Words) -> None:
    place, wrong = town(), dict[str, str]()
    issue.title_fr, issue.title_en = one_line(words.title_fr)[:160], one_line(words.title_en)[:160]
    issue.intro_fr, issue.intro_en = words.intro_fr.strip(), words.intro_en.strip()
    issue.url = words.url.strip()[:500]
    issue.blocks = [block.plain for block in words.blocks]
    issue.sectors, issue.streets = sorted(set(words.sectors)), sorted(set(words.streets))
    issue.sender = one_line(place.name if words.sender is None else words.sender)[:160]
    postal = place.address if words.postal_address is None else words.postal_address
    issue.postal_address = ", ".join(line.strip(" ,") for line in postal.splitlines() if line.strip())[:300]
    if not issue.title_fr:
        wrong["title_fr"] = _("Write the title, which is also the subject of the letter.")
    if not issue.intro_fr and not issue.blocks:
        wrong["intro_fr"] = _("Write what the letter says, or add a news item.")
    links = [issue.url, *(block.url for block in words.blocks)]
    if any(url and urlsplit(url).scheme not in ("http", "https") for url in links):
        wrong["url"] = _("A link begins with https://.")
    if not issue.sender:
        wrong["sender"] = _("A letter must say who sends it.")
    if not issue.postal_address:
        wrong["postal_address"] = _("A letter must hold the postal address of who sends it.")
    if wrong:
        raise Invalid(_("This issue cannot be kept yet."), wrong)
