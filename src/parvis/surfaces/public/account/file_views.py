"""My file: the one page of a resident, which leads to each part of what the town does with them."""

from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from parvis.apps.billing.queries.balances import has_provider
from parvis.apps.billing.queries.receipts import Owed, invoices_of
from parvis.apps.cases.queries.citizens.citizen_cases import MyCases, MyFilter, my_cases
from parvis.apps.directory.models import Actor
from parvis.apps.households.models import Claim, Household
from parvis.apps.households.queries import Member, Residence, household_of, members_of, open_claims_of, residence_of
from parvis.apps.households.services.changes import move_household
from parvis.apps.leisure.models import Registration
from parvis.apps.leisure.queries.health import lacking_health_forms
from parvis.apps.leisure.queries.registrations import RegistrationView, registrations_of
from parvis.apps.leisure.queries.wishes import WishView, wishes_of
from parvis.apps.newsletter.queries.points import Sent, sent_to
from parvis.apps.places.models import Address
from parvis.apps.residents.models import Account
from parvis.apps.residents.queries.accounts import emails_of
from parvis.apps.residents.web.sessions import account_of
from parvis.apps.schedules.queries.collections import pickups
from parvis.lib import clock
from parvis.surfaces.public.account.account_views import signed_in
from parvis.surfaces.public.account.entering import enter
from parvis.surfaces.public.app.device_views import live_device
from parvis.surfaces.public.app.views import kept_address
from parvis.surfaces.public.follow.views import private
from parvis.surfaces.public.frame import nav, seasons
from parvis.surfaces.public.leisure.holding import holdings
from parvis.ui.messages import done


@dataclass(frozen=True)
class Next:
    """What is to be done for the household, and the page where it is."""

    words: str
    url: str


@dataclass(frozen=True)
class Home:
    """The household of an account on its page; `address` is the one of the town, `day` the next collection there.

    `offered` is an address that this device knows, to be joined when the household has none. `family_first`: the
    household comes before the requests, which is for everyone but who has requests and no household.
    """

    household: Household | None
    members: list[Member]
    residence: Residence | None
    claims: list[Claim]
    address: Address | None
    day: str
    offered: Address | None
    registrations: list[RegistrationView]
    invoices: list[Owed]
    family_first: bool = True
    next_steps: list["Next"] = field(default_factory=list)
    wishes: list[WishView] = field(default_factory=list)

    @property
    def to_pay(self) -> list[Owed]:
        """The invoices of which something is owed."""
        return [row for row in self.invoices if not row.is_settled]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: HttpRequest) -> HttpResponse:
    """The page of the account signed in; else the way in, and what needs no account."""
    account = account_of(request)
    if account is None:
        return enter(request, "public/account/file_enter.html")
    requests: MyCases = my_cases(account, MyFilter())
    sent: list[Sent] = sent_to(emails_of(account))
    home = _home(request, account, has_requests=bool(requests.total))
    page = {
        "account": account,
        "emails": emails_of(account),
        "requests": requests,
        "news": [line for line in requests.lines if line.news],
        "sent": sent,
        "device": live_device(request),
        "home": home,
        "holdings": holdings(home.household) if home.household else [],
        "on_line": has_provider(),
        "public_nav": nav("file"),
    }
    return private(render(request, "public/account/file.html", page))


def _home(request: HttpRequest, account: Account, *, has_requests: bool) -> Home:
    household, kept = household_of(account), kept_address(request)
    if household is None:
        return Home(None, [], None, open_claims_of(account), None, "", kept, [], [], family_first=not has_requests)
    address = household.address
    coming = pickups(address) if address else None
    members = members_of(household)
    registrations = [row for row in registrations_of(household) if row.state in Registration.LIVE]
    return Home(
        household,
        members,
        residence_of(household, clock.today()),
        [],
        address,
        coming.words if coming and coming.known else "",
        None if household.place else kept,
        registrations,
        invoices_of(household),
        next_steps=_next_steps(household, members, registrations),
        wishes=wishes_of(household),
    )


def _next_steps(household: Household, members: list[Member], registrations: list[RegistrationView]) -> list[Next]:
    """What comes next: who is of the household, an offer to answer, a health form, an activity."""
    family = reverse("public:household")
    steps = [] if len(members) > 1 else [Next(_("Add the children and the adults for whom you register"), family)]
    for row in registrations:
        if row.state == Registration.State.OFFERED:
            words = _("Answer the offer: %(activity)s, %(name)s")
            values = {"activity": row.registration.group.activity, "name": row.registration.individual.name}
            steps.append(Next(words % values, reverse("public:offer", args=[row.registration.public_id])))
    lacking = lacking_health_forms(household) if registrations else set()
    for member in members:
        if member.individual.pk in lacking:
            url = reverse("public:household_health", args=[member.individual.public_id])
            steps.append(Next(_("Fill the health form of %(name)s") % {"name": member.individual.name}, url))
    if not registrations and seasons():
        steps.append(Next(_("Choose an activity"), reverse("public:leisure")))
    return steps


@require_POST
@signed_in
def keep_address(request: HttpRequest, account: Account) -> HttpResponse:
    """Joins the address that this device knows to the household, when it has none."""
    household, kept = household_of(account), kept_address(request)
    if household and kept and not household.place:
        move_household(household=household, address=kept, address_text="", by=Actor.citizen())
        done(request, _("Your address is kept."))
    return redirect("public:file")
