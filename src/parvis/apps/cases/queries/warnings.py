"""Warnings to the staff about a promise that is running out, in the active language."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries.access import sealed
from parvis.apps.cases.queries.due_status import counted, date_given, unit_of
from parvis.apps.catalogue.queries.restrictions import is_restricted
from parvis.apps.catalogue.rules import promises
from parvis.apps.catalogue.rules.clocks import WARNED_AT
from parvis.apps.directory.models import Department
from parvis.apps.directory.queries import stand_in, working_calendar
from parvis.apps.mail.letters import Content, Letter, compose
from parvis.lib.clock import now

UNTAKEN, MOVED, SLIPS, BROKEN, WAITED = "untaken", "moved", "slips", "broken", "waited"
PING_PONG, RULE = "ping-pong", "rule"


def reach_of(case: Case, *, head: bool = False, of: Department | None = None) -> tuple[str, str]:
    """The e-mail address ("" without any) and language of the owner, else of the head, else of the department.

    A delegate stands in for a user who is away. `head` skips the owner; `of` replaces the case's department. Reads
    `owner` and `department.head`.
    """
    today = working_calendar().local(now()).date()
    department = of or case.department
    for user in (None if head else case.owner, department.head):
        recipient = stand_in(user, today) if user else None
        if recipient and recipient.is_active and recipient.email:
            return recipient.email, recipient.language
    return department.email, "fr"


def warning(case_id: int, about: str) -> Letter:
    """Warns about a case. `about` is the elapsed percentage of its promise, or one of the constants above."""
    related = ("subject", "address__street", "owner", "department", "person")
    case = Case.objects.select_related(*related).get(pk=case_id)
    if is_restricted(case.subject_id):  # a letter goes to heads, departments and delegates: not all open it
        case = sealed(case)
    subject, event, action = _words(about)
    values = {"ref": case.reference, "title": case.shown_title, "percent": about}
    pairs = [
        (_("Request"), f"{case.reference}, {case.shown_title}"),
        *([(_("Place"), case.place)] if case.place else []),
        (_("Promised"), _promised(case)),
        (_("How it is counted"), "" if date_given(case) else counted(case, _lang())),
        (_("Who has it"), case.owner.display_name if case.owner else case.department.name),
    ]
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[event % values, action],
        pairs=[pair for pair in pairs if pair[1]],
        action=_("See the request"),
        action_url=settings.PARVIS_URL + reverse("desk:case", args=[case.reference]),
    )
    return compose(subject % values, content)


def _words(about: str) -> tuple[str, str, str]:
    """The subject, what happened, what to do."""
    date = _("If it will not be kept, give the citizen an honest new date now, with the reason.")
    texts = {
        UNTAKEN: (
            _("Nobody took charge of %(ref)s: %(title)s"),
            _("The time promised to take charge of this request is over, and nobody did."),
            _("Take it, or give it to someone."),
        ),
        MOVED: (
            _("A new date was given for %(ref)s: %(title)s"),
            _("The promise was about to break: the citizen was told of a new date. It is done once for each promise."),
            _("Say a better date to the citizen if you know one."),
        ),
        SLIPS: (
            _("The promise is about to break: %(ref)s, %(title)s"),
            _("A new date was given once already, and it is about to break too. The next one is for a person to give."),
            date,
        ),
        BROKEN: (
            _("The promise is broken: %(ref)s, %(title)s"),
            _("The date told to the citizen is past, and the request is not closed."),
            date,
        ),
        PING_PONG: (
            _("This request comes and goes: %(ref)s, %(title)s"),
            _("It came back to a department that had passed it on. Its citizen is waiting meanwhile."),
            _("Agree between departments whose it is, then give it to someone."),
        ),
        RULE: (
            _("A routing rule is proposed after %(ref)s: %(title)s"),
            _("It is the third request of this kind that your department said was not its own, for the same reason."),
            _("Look at the rule that is proposed, under Routing: try it on past requests, then publish it."),
        ),
        WAITED: (
            _("The wait is over: %(ref)s, %(title)s"),
            _("This request waited as long as a promise may stand still. Its clock runs again."),
            _("Go on without what was waited for, close it for want of a reply, or give a new date with the reason."),
        ),
    }
    if about in texts:
        return texts[about]
    if about == str(WARNED_AT[-1]):
        date += " " + _("Without one from you, the citizen is given a new date just before this promise breaks.")
    return (
        _("%(percent)s %% of the time is gone: %(ref)s, %(title)s"),
        _("%(percent)s %% of the time promised for this request is gone."),
        date,
    )


def _promised(case: Case) -> str:
    if case.due_at is None:
        return ""
    return promises.words(case.due_at, now(), _lang(), working_calendar(), unit=unit_of(case))


def _lang() -> str:
    return get_language() or "fr"
