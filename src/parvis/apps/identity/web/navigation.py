"""The staff navigation bar: the screens open to each user."""

from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases.queries import returned_cases
from parvis.apps.cases.queries.access import unrestricted
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.identity.web.approvals import awaiting
from parvis.apps.insight.queries import trial
from parvis.apps.intake.queries import calls_owed
from parvis.apps.intake.queries.alerts import untaken
from parvis.lib.ttl_cache import TtlCache

A = Action
STAFF_ONLY = ("/desk/", "/edition/", "/dev/")
STAFF_PAGES = (*STAFF_ONLY, "/staff/")

_come_back = TtlCache(lambda: len(returned_cases(unrestricted())), seconds=5)


@dataclass(frozen=True)
class Screen:
    """A staff screen, open to users with any of its `actions`.

    `also` lists the path prefixes of pages that belong to it besides its own; with `alone`, other pages under its own
    URL do not belong to it. A `rare` screen is in the menu at the end of the bar;
    so is one of those who have none of its `often` actions.
    """

    key: str
    url_name: str
    label: str | Promise
    actions: tuple[Action, ...]
    icon: str
    demo_only: bool = False
    trial_only: bool = False
    also: tuple[str, ...] = ()
    rare: bool = False
    often: tuple[Action, ...] = ()
    alone: bool = False

    @property
    def url(self) -> str:
        return _address(self.url_name)

    def start_of(self, path: str) -> str:
        """The longest prefix of the path that belongs to the screen; "" when there is none."""
        own = () if self.alone and path != self.url else (self.url,)
        return max((prefix for prefix in (*own, *self.also) if path.startswith(prefix)), key=len, default="")

    def is_rare(self, user: User) -> bool:
        """Whether the user seldom needs it."""
        return self.rare or (bool(self.often) and not any(user.may(action) for action in self.often))

    def opens_to(self, user: User) -> bool:
        """Whether the user may open the screen now."""
        if (self.demo_only and not settings.PARVIS_DEMO) or (self.trial_only and trial() is None):
            return False
        return any(user.may(action) for action in self.actions)


@cache
def _address(url_name: str) -> str:
    return reverse(url_name)


SCREENS = (
    Screen(
        "desk",
        "desk:home",
        _("Desk"),
        (A.TAKE_CONTACT,),
        "headset",
        also=("/desk/contacts/", "/desk/recent/", "/desk/waiting/", "/desk/continuity/"),
        alone=True,
    ),
    Screen("inbox", "desk:inbox", _("Mail"), (A.TAKE_CONTACT,), "mail"),
    Screen("counter", "desk:counter", _("Waiting line"), (A.TAKE_CONTACT,), "users"),
    Screen("queue", "desk:queue", _("Requests"), (A.READ_CASE,), "inbox", also=("/desk/cases/", "/desk/comments/")),
    Screen("mine", "desk:mine", _("My work"), (A.READ_CASE,), "list-checks"),
    Screen(
        "callbacks", "desk:callbacks", _("Calls to make"), (A.MAKE_CALLBACK,), "phone-outgoing", often=(A.TAKE_CONTACT,)
    ),
    Screen("incidents", "desk:incidents", _("Incidents"), (A.OPEN_INCIDENT, A.APPROVE_MESSAGE), "siren"),
    Screen(
        "outreach",
        "desk:outreach",
        _("Communications"),
        (A.WRITE_MESSAGE, A.APPROVE_MESSAGE),
        "megaphone",
        also=("/desk/newsletter/", "/desk/panels/", "/desk/social/"),
    ),
    Screen("subscribers", "desk:subscribers", _("Subscribers"), (A.ENROL_SUBSCRIBER,), "users", rare=True),
    Screen(
        "streets",
        "desk:streets",
        _("Streets"),
        (A.TAKE_CONTACT, A.DECLARE_OPERATION, A.PUBLISH_WORKS),
        "construction",
        rare=True,
    ),
    Screen("to_publish", "desk:to_publish", _("To publish"), (A.PUBLISH_CASE,), "eye", rare=True),
    Screen("codes", "desk:codes", _("Codes of places"), (A.MAKE_SITE_CODES,), "map-pin", rare=True),
    Screen("letters", "desk:letters", _("Letters"), (A.PRINT_LETTER,), "printer", rare=True),
    Screen("channels", "desk:channels", _("Channels"), (A.SEE_CHANNELS,), "mail-check", rare=True),
    Screen("absences", "desk:absences", _("Absences"), (A.SAY_ABSENCE,), "calendar-x", rare=True),
    Screen("offboarding", "desk:offboarding", _("Departures"), (A.MANAGE_STAFF,), "user-x", rare=True),
    Screen("rules", "desk:rules", _("Routing"), (A.SET_ROUTING,), "split", rare=True, also=("/desk/assignments/",)),
    Screen("snippets", "desk:snippets", _("Ready phrases"), (A.READ_ANSWERS,), "text-search", rare=True),
    Screen("alerts", "desk:alerts", _("Alerts"), (A.HANDLE_ALERT,), "shield-alert"),
    Screen("opinions", "desk:opinions", _("Opinions"), (A.READ_FIGURES,), "star", rare=True),
    Screen(
        "baseline",
        "desk:baseline",
        _("Baseline"),
        (A.READ_FIGURES,),
        "chart-no-axes-column",
        trial_only=True,
        rare=True,
    ),
    Screen("edition", "wagtailadmin_home", _("Answers"), (A.EDIT_ANSWER, A.PUBLISH_ANSWER), "book-open-text"),
    Screen("keys", "desk:keys", _("Program keys"), (A.MANAGE_KEYS,), "key-round", rare=True),
    Screen("outside", "desk:outside_servers", _("Outside servers"), (A.MANAGE_KEYS,), "forward", rare=True),
    Screen("organisations", "desk:organisations", _("Organisations"), (A.READ_PERSON,), "building-2", rare=True),
    Screen("access_log", "desk:access_log", _("Files read"), (A.READ_AUDIT,), "eye", rare=True),
    Screen("mail", "dev:mailbox", _("Mailbox"), tuple(Action), "mail", demo_only=True, rare=True),
)


def screens_of(user: User) -> list[Screen]:
    """The screens open to the user, in order."""
    return [screen for screen in SCREENS if screen.opens_to(user)]


@dataclass(frozen=True)
class Entry:
    """A screen as displayed in the bar."""

    key: str
    url: str
    label: str
    icon: str
    current: bool = False
    count: int = 0
    rare: bool = False


def bar_of(user: User, path: str) -> list[Entry]:
    """The user's navigation bar; the screen with the longest prefix of the path is current.

    Counts the open callbacks (one query for those who make them), the untaken alerts with the requests handed back
    and forth, and what waits for the user's approval. A single rare screen stays in the bar.
    """
    screens = screens_of(user)
    prefixes = {prefix: s.key for s in screens if (prefix := s.start_of(path))}
    current = prefixes[max(prefixes, key=len)] if prefixes else ""
    rare = {s.key for s in screens if s.is_rare(user)}
    menu = rare if len(rare) > 1 else set[str]()
    return [
        Entry(s.key, s.url, str(s.label), s.icon, s.key == current, _count(s, user), s.key in menu) for s in screens
    ]


def _count(screen: Screen, user: User) -> int:
    if screen.key == "alerts":
        return len(untaken(user)) + _come_back()
    if screen.key == "callbacks":
        return calls_owed()
    return awaiting(user, screen.key)


def home_of(user: User) -> str:
    """Where the user lands after signing in; the public home when no screen is open to them."""
    screens = screens_of(user)
    return screens[0].url if screens else "/"
