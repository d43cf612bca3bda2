"""The staff navigation bar: the screens open to each user, some at its first level and the rest in menus by task."""

from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.cases.queries.access import unrestricted
from parvis.apps.cases.queries.cases import returned_cases
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.identity.web.approvals import awaiting
from parvis.apps.insight.queries.trials import trial
from parvis.apps.intake.queries.alerts import untaken
from parvis.apps.intake.queries.contacts import calls_owed
from parvis.lib.ttl_cache import TtlCache

A = Action
STAFF_ONLY = ("/desk/", "/edition/", "/dev/")
STAFF_PAGES = (*STAFF_ONLY, "/staff/")

_come_back = TtlCache(lambda: len(returned_cases(unrestricted())), seconds=5)


@dataclass(frozen=True)
class Screen:
    """A staff screen, open to users with any of its `actions`.

    `also` lists the path prefixes of pages that belong to it besides its own; with `alone`, other pages under its own
    URL do not belong to it.
    """

    key: str
    url_name: str
    label: str | Promise
    actions: tuple[Action, ...]
    icon: str
    demo_only: bool = False
    trial_only: bool = False
    also: tuple[str, ...] = ()
    alone: bool = False

    @property
    def url(self) -> str:
        return _address(self.url_name)

    def start_of(self, path: str) -> str:
        """The longest prefix of the path that belongs to the screen; "" when there is none."""
        own = () if self.alone and path != self.url else (self.url,)
        return max((prefix for prefix in (*own, *self.also) if path.startswith(prefix)), key=len, default="")

    def opens_to(self, user: User) -> bool:
        """Whether the user may open the screen now."""
        if (self.demo_only and not settings.PARVIS_DEMO) or (self.trial_only and trial() is None):
            return False
        return any(user.may(action) for action in self.actions)


@dataclass(frozen=True)
class Menu:
    """A menu of the bar: its screens by task, each task with its heading."""

    key: str
    label: str | Promise
    icon: str
    tasks: tuple[tuple[str | Promise, tuple[Screen, ...]], ...]


@cache
def _address(url_name: str) -> str:
    return reverse(url_name)


FIRST = (
    Screen(
        "desk",
        "desk:home",
        _("Desk"),
        (A.TAKE_CONTACT,),
        "headset",
        also=("/desk/contacts/", "/desk/recent/", "/desk/waiting/", "/desk/continuity/"),
        alone=True,
    ),
    Screen("inbox", "desk:inbox", _("Inbox"), (A.TAKE_CONTACT,), "mail"),
    Screen("queue", "desk:queue", _("Queue"), (A.READ_CASE,), "inbox", also=("/desk/cases/", "/desk/comments/")),
    Screen("mine", "desk:mine", _("My work"), (A.READ_CASE,), "list-checks"),
)
ANSWER = (
    Screen("counter", "desk:counter", _("Counter"), (A.TAKE_CONTACT,), "users"),
    Screen("till", "desk:till", _("Take a payment"), (A.TAKE_PAYMENT,), "banknote"),
    Screen("callbacks", "desk:callbacks", _("Calls to make"), (A.MAKE_CALLBACK,), "phone-outgoing"),
    Screen("letters", "desk:letters", _("Letters"), (A.PRINT_LETTER,), "printer"),
    Screen(
        "streets",
        "desk:streets",
        _("Streets"),
        (A.TAKE_CONTACT, A.DECLARE_OPERATION, A.PUBLISH_WORKS),
        "construction",
    ),
    Screen("organisations", "desk:organisations", _("Organisations"), (A.READ_PERSON,), "building-2"),
    Screen("lists", "desk:group_lists", _("My groups"), (A.READ_GROUP,), "clipboard-list"),
    Screen("snippets", "desk:snippets", _("Ready phrases"), (A.READ_ANSWERS,), "text-search"),
)
HANDLE = (
    Screen("incidents", "desk:incidents", _("Incidents"), (A.OPEN_INCIDENT, A.APPROVE_INCIDENT), "siren"),
    Screen("alerts", "desk:alerts", _("Alerts"), (A.HANDLE_ALERT,), "shield-alert"),
    Screen("to_publish", "desk:to_publish", _("To publish"), (A.PUBLISH_CASE,), "eye"),
)
PUBLISH = (
    Screen(
        "outreach",
        "desk:outreach",
        _("Communications"),
        (A.WRITE_MESSAGE, A.APPROVE_MESSAGE),
        "megaphone",
        also=("/desk/newsletter/", "/desk/panels/", "/desk/social/"),
    ),
    Screen("subscribers", "desk:subscribers", _("Subscribers"), (A.ENROL_SUBSCRIBER,), "users"),
    Screen("edition", "wagtailadmin_home", _("Answers"), (A.EDIT_ANSWER, A.PUBLISH_ANSWER), "book-open-text"),
    Screen("codes", "desk:codes", _("Codes of places"), (A.MAKE_SITE_CODES,), "map-pin"),
)
SET_UP = (
    Screen("approvals", "desk:approvals", _("To approve"), (A.SEE_APPROVALS,), "check-check"),
    Screen("leisure", "desk:leisure", _("Leisure"), (A.MANAGE_LEISURE,), "volleyball"),
    Screen("staff", "desk:staff", _("Roles"), (A.GIVE_ROLE,), "user-check"),
    Screen("absences", "desk:absences", _("Absences"), (A.SAY_ABSENCE,), "calendar-x"),
    Screen("rules", "desk:rules", _("Routing"), (A.SET_ROUTING,), "split"),
    Screen("assignments", "desk:assignments", _("Who receives"), (A.SET_ASSIGNMENT,), "inbox"),
    Screen("offboarding", "desk:offboarding", _("Departures"), (A.MANAGE_STAFF,), "user-x"),
    Screen("keys", "desk:keys", _("Program keys"), (A.MANAGE_KEYS,), "key-round"),
    Screen("outside", "desk:outside_servers", _("Outside servers"), (A.MANAGE_KEYS,), "forward"),
)
REPORT = (
    Screen("treasury", "desk:treasury", _("Treasury"), (A.READ_LEDGER,), "scale"),
    Screen("channels", "desk:channels", _("Channels"), (A.SEE_CHANNELS,), "mail-check"),
    Screen("opinions", "desk:opinions", _("Opinions"), (A.READ_FIGURES,), "star"),
    Screen("baseline", "desk:baseline", _("Baseline"), (A.READ_FIGURES,), "chart-no-axes-column", trial_only=True),
    Screen("privacy", "desk:privacy", pgettext_lazy("navigation", "Privacy"), (A.ASSESS_PRIVACY,), "shield-check"),
    Screen("access_log", "desk:access_log", _("Files read"), (A.READ_AUDIT,), "eye"),
    Screen("retention", "desk:retention", _("Retention"), (A.APPROVE_DESTRUCTION,), "archive"),
    Screen("mail", "dev:mailbox", _("Demonstration mail"), tuple(Action), "mail", demo_only=True),
)
MENUS = (
    Menu(
        "follow",
        pgettext_lazy("navigation", "Follow up"),
        "phone-outgoing",
        ((pgettext_lazy("navigation", "Answer"), ANSWER), (pgettext_lazy("navigation", "Handle"), HANDLE)),
    ),
    Menu("publish", pgettext_lazy("navigation", "Publish"), "megaphone", (("", PUBLISH),)),
    Menu(
        "manage",
        pgettext_lazy("navigation", "Manage"),
        "sliders-horizontal",
        ((pgettext_lazy("navigation", "Set up"), SET_UP), (pgettext_lazy("navigation", "Report"), REPORT)),
    ),
)
SCREENS = (*FIRST, *(screen for menu in MENUS for _heading, screens in menu.tasks for screen in screens))


def screens_of(user: User) -> list[Screen]:
    """The screens open to the user, in order."""
    return [screen for screen in SCREENS if screen.opens_to(user)]


@dataclass(frozen=True)
class Entry:
    """A screen, or a menu with its `tasks` (heading, screens), as displayed in the bar.

    The count of a menu is the sum of those of its screens; a menu is current when one of them is.
    """

    key: str
    url: str
    label: str
    icon: str
    current: bool = False
    count: int = 0
    tasks: tuple[tuple[str, tuple["Entry", ...]], ...] = ()


def bar_of(user: User, path: str) -> list[Entry]:
    """The user's navigation bar; the screen with the longest prefix of the path is current.

    Counts the open callbacks (one query for those who make them), the untaken alerts with the requests handed back
    and forth, and what waits for the user's approval. A screen has the same place for everybody; a menu without any
    is left out.
    """
    screens = screens_of(user)
    prefixes = {prefix: s.key for s in screens if (prefix := s.start_of(path))}
    current = prefixes[max(prefixes, key=len)] if prefixes else ""
    entries = {s.key: Entry(s.key, s.url, str(s.label), s.icon, s.key == current, _count(s, user)) for s in screens}
    return [
        *(entries[screen.key] for screen in FIRST if screen.key in entries),
        *(shown for menu in MENUS if (shown := _shown(menu, entries))),
    ]


def _shown(menu: Menu, entries: dict[str, Entry]) -> Entry | None:
    tasks = tuple(
        (str(heading), inside)
        for heading, screens in menu.tasks
        if (inside := tuple(entries[screen.key] for screen in screens if screen.key in entries))
    )
    entries_inside = [entry for _heading, of_task in tasks for entry in of_task]
    current, count = any(entry.current for entry in entries_inside), sum(entry.count for entry in entries_inside)
    return Entry(menu.key, "", str(menu.label), menu.icon, current, count, tasks) if tasks else None


def _count(screen: Screen, user: User) -> int:
    if screen.key == "alerts":
        return len(untaken(user)) + _come_back()
    if screen.key == "callbacks":
        return calls_owed()
    return awaiting(user, screen.key)


def home_of(user: User) -> str:
    """Where the user lands after signing in: the first screen of the bar, or what they publish when they answer nobody.

    The public home when no screen is open to them.
    """
    return next((screen.url for screen in (*FIRST, *PUBLISH, *SCREENS) if screen.opens_to(user)), "/")
