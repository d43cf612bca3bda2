"""What the house tells its own people about a promise that runs out, in the active language."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.due_status import counted, date_given, unit_of
from parvis.apps.cases.models import Case
from parvis.apps.catalogue import promises
from parvis.apps.catalogue.clocks import WARNED_AT
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import stand_in, working_calendar
from parvis.apps.mail.letter import Content, Letter, compose
from parvis.lib.clock import now

UNTAKEN, MOVED, SLIPS, BROKEN, WAITED = "untaken", "moved", "slips", "broken", "waited"
PING_PONG, RULE = "ping-pong", "rule"


def reach_of(case: Case, *, head: bool = False, of: Department | None = None) -> tuple[str, str]:
    """The address and the language of whom to warn: the owner or who stands in, else the head, else the department.

    `head`: the head at once, of the case's department or of `of`. "" when none has an address. Reads `owner` and
    `department.head`.
    """
    today = working_calendar().local(now()).date()
    place = of or case.department
    people = [None if head else case.owner, place.head]
    for person in (stand_in(user, today) for user in people if user):
        if _reads_mail(person):
            return person.email, person.language
    return _department(place)


def warning(case_id: int, about: str) -> Letter:
    """Warns that a promise runs out. `about` is the percent that is gone, or one of the words above."""
    read = ("subject", "address__street", "owner", "department", "person")
    case = Case.objects.select_related(*read).get(pk=case_id)
    subject, first, then = _words(about)
    told = {"ref": case.reference, "title": case.shown_title, "percent": about}
    pairs = [
        (_("Request"), f"{case.reference}, {case.shown_title}"),
        *([(_("Place"), case.place)] if case.place else []),
        (_("Promised"), _promised(case)),
        (_("How it is counted"), "" if date_given(case) else counted(case, _lang())),
        (_("Who has it"), case.owner.display_name if case.owner else case.department.name),
    ]
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[first % told, then],
        pairs=[pair for pair in pairs if pair[1]],
        action=_("See the request"),
        action_url=settings.PARVIS_URL + reverse("desk:case", args=[case.reference]),
    )
    return compose(subject % told, content)


def _words(about: str) -> tuple[str, str, str]:
    """Subject, what happens, what to do."""
    date = _("If it will not be kept, give the citizen an honest new date now, with the reason.")
    if about == UNTAKEN:
        return (
            _("Nobody took charge of %(ref)s: %(title)s"),
            _("The time promised to take charge of this request is over, and nobody did."),
            _("Take it, or give it to someone."),
        )
    if about == MOVED:
        return (
            _("A new date was given for %(ref)s: %(title)s"),
            _("The promise was about to break: the citizen was told of a new date. It is done once for each promise."),
            _("Say a better date to the citizen if you know one."),
        )
    if about == SLIPS:
        return (
            _("The promise is about to break: %(ref)s, %(title)s"),
            _("A new date was given once already, and it is about to break too. The next one is for a person to give."),
            date,
        )
    if about == BROKEN:
        return (
            _("The promise is broken: %(ref)s, %(title)s"),
            _("The date told to the citizen is past, and the request is not closed."),
            date,
        )
    if about == PING_PONG:
        return (
            _("This request comes and goes: %(ref)s, %(title)s"),
            _("It came back to a department that had passed it on. Its citizen is waiting meanwhile."),
            _("Agree between departments whose it is, then give it to someone."),
        )
    if about == RULE:
        return (
            _("A routing rule is proposed after %(ref)s: %(title)s"),
            _("It is the third request of this kind that your department said was not its own, for the same reason."),
            _("Look at the rule that is proposed, under Routing: try it on past requests, then publish it."),
        )
    if about == WAITED:
        return (
            _("The wait is over: %(ref)s, %(title)s"),
            _("This request waited as long as a promise may stand still. Its clock runs again."),
            _("Go on without what was waited for, close it for want of a reply, or give a new date with the reason."),
        )
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


def _reads_mail(person: User) -> bool:
    return person.is_active and bool(person.email)


def _department(department: Department) -> tuple[str, str]:
    return department.email, "fr"


def _lang() -> str:
    return get_language() or "fr"
