"""The register: what collects, what lacks an assessment, who receives some without one; the notice of a form."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from parvis.apps.privacy.models import Assessment, Collection
from parvis.apps.privacy.rules import FORM_OF, FORMS, PROCESSORS
from parvis.lib import clock
from parvis.lib.errors import type_text
from parvis.lib.ttl_cache import TtlCache

Kind = Collection.Kind
NAMES: dict[str, type_text] = {
    "requests": _("Requests and reports"),
    "follow": _("Following a request"),
    "account": pgettext_lazy("register", "The account of a resident"),
    "household": _("The household"),
    "health": _("Health forms and consents"),
    "leisure": _("Registrations"),
    "newsletter": _("The newsletter and alerts"),
    "notices": _("Notices on a device"),
    "panels": _("Requests for the digital panels"),
    "waiting": _("The line of the counter"),
    "mail": _("The relay of e-mail"),
    "payments": _("Payments on line"),
    "texts": _("Text messages"),
    "voice": _("Telephone calls of alerts"),
    "push": _("The notices of browsers"),
    "facebook": pgettext_lazy("register", "Facebook"),
    "map": _("The tiles of the map"),
}
"""What each is called as long as the town says nothing of it."""


@dataclass(frozen=True)
class Standing:
    """A line of the register: what the town says of it, if anything, its last assessment, and what is wrong.

    `in_use`: a form always is; a processor is once its setting turns it on. `days_late` counts from the review.
    """

    slug: str
    kind: Collection.Kind
    collection: Collection | None
    assessment: Assessment | None
    in_use: bool
    days_late: int

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.collection or NAMES[self.slug])

    @property
    def setting(self) -> str:
        """The setting that turns a processor on; "" for a form."""
        return PROCESSORS.get(self.slug, "")

    @property
    def is_good(self) -> bool:
        """Whether it is described and assessed, and its review is to come."""
        return self.collection is not None and self.assessment is not None and not self.days_late

    @property
    def is_alarm(self) -> bool:
        """Whether someone outside receives personal information without an assessment that holds."""
        return self.kind == Kind.PROCESSOR and self.in_use and not self.is_good


def in_use() -> dict[str, bool]:
    """By processor, whether its setting turns it on. The stand-ins of a demonstration are on this machine."""
    return {
        "mail": settings.PARVIS_MAIL_BACKEND.endswith("smtp.EmailBackend"),
        "payments": bool(settings.PARVIS_STRIPE) and not settings.PARVIS_PAYMENTS_STANDIN,
        "texts": bool(settings.PARVIS_TEXTS),
        "voice": bool(settings.PARVIS_VOICE),
        "push": bool(settings.PARVIS_PUSH_SERVICES) and not settings.PARVIS_DEMO,
        "facebook": bool(settings.PARVIS_FACEBOOK["app_id"]) and settings.PARVIS_FACEBOOK["base"].startswith("https:"),
        "map": bool(settings.MAP_TILES),
    }


def register() -> list[Standing]:
    """Every form and processor of the product, what is wrong first: alarms, then what lacks or is late. Two queries."""
    latest = Prefetch("assessments", Assessment.objects.order_by("-made_on", "-pk"))
    rows = {row.slug: row for row in Collection.objects.filter(active=True).prefetch_related(latest)}
    today, used = clock.today(), in_use()
    lines = [_standing(slug, Kind.FORM, rows, True, today) for slug in FORMS]
    lines += [_standing(slug, Kind.PROCESSOR, rows, used[slug], today) for slug in PROCESSORS]
    return sorted(lines, key=lambda line: (not line.is_alarm, line.is_good or not line.in_use, line.is_good))


def warnings() -> list[str]:
    """What whoever runs the service is told: processors in use without an assessment that holds."""
    words = "in use without a privacy assessment that holds, see /desk/vie-privee/"
    return [f"{line.setting}: {words}" for line in register() if line.is_alarm]


def notice(slug: str) -> Collection | None:
    """The notice of a form; None without one."""
    return Collection.objects.filter(kind=Kind.FORM, slug=slug, active=True).first()


def notice_of(url_name: str) -> str:
    """The slug of the notice of the form at an address of that name; "" for none. Read again every minute at most."""
    slug = FORM_OF.get(url_name, "")
    return slug if slug in _told() else ""


def outside() -> list[Collection]:
    """The processors in use outside Québec, for the notices. One query."""
    used = [slug for slug, on in in_use().items() if on]
    return list(Collection.objects.filter(kind=Kind.PROCESSOR, slug__in=used, outside_quebec=True, active=True))


def forget() -> None:
    """Clears what this process caches."""
    _told.forget()


_told = TtlCache(
    lambda: frozenset(Collection.objects.filter(kind=Kind.FORM, active=True).values_list("slug", flat=True)), 60
)


def _standing(slug: str, kind: Collection.Kind, rows: Mapping[str, Collection], used: bool, today: date) -> Standing:
    row = rows.get(slug)
    assessments = list(row.assessments.all()) if row else []
    last = assessments[0] if assessments else None
    late = max(0, (today - last.review_on).days) if last else 0
    return Standing(slug, kind, row, last, used, late)
