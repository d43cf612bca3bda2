"""The own data of an account (A-2.1, a. 83 and 84): what each app keeps of it, in one document, and its page.

The document is {format, made_at, town, <part>: ..., left_out: [{what, why}]}, whose parts are what the `own_data`
queries of the apps give; names are stable, moments are ISO 8601 in UTC, amounts are cents.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from parvis.apps.billing.queries.own_data import own_invoices
from parvis.apps.cases.queries.citizens.own_data import own_reports, own_requests
from parvis.apps.directory.queries import town
from parvis.apps.households.queries import household_of, individual_of, own_household
from parvis.apps.intake.queries.own_data import own_contacts
from parvis.apps.leisure.queries.own_data import (
    own_aids,
    own_carts,
    own_consents,
    own_health,
    own_registrations,
    own_tickets,
)
from parvis.apps.leisure.queries.wishes import own_wishes
from parvis.apps.mail.queries import own_letters
from parvis.apps.newsletter.queries.own_data import own_subscriptions
from parvis.apps.residents.models import Account
from parvis.apps.residents.queries.accounts import emails_of
from parvis.apps.residents.queries.own_data import own_account, own_file
from parvis.lib import clock
from parvis.ui.templatetags.ui import day as written_day
from parvis.ui.templatetags.ui import exact_money, moment

FORMAT = "parvis-own-data-1"
MOST_LINES = 14  # of a part that is shown at once
PARTS = {
    "account": gettext_lazy("My account"),
    "file": gettext_lazy("My file at the town"),
    "requests": gettext_lazy("My requests"),
    "contacts": gettext_lazy("What I asked of the town"),
    "reports": gettext_lazy("Incidents that I reported"),
    "subscriptions": gettext_lazy("What I receive"),
    "letters": gettext_lazy("The letters sent to me"),
    "household": gettext_lazy("My household"),
    "health": gettext_lazy("Health forms"),
    "consents": gettext_lazy("Consents"),
    "registrations": gettext_lazy("My registrations"),
    "wishes": gettext_lazy("My noted groups"),
    "carts": gettext_lazy("My baskets"),
    "tickets": gettext_lazy("My places in lines"),
    "aids": gettext_lazy("Financial aid"),
    "invoices": gettext_lazy("My invoices, payments and refunds"),
}
LABELS = {
    "activity": gettext_lazy("Activity"),
    "addresses": gettext_lazy("Addresses"),
    "aid_cents": gettext_lazy("Financial aid"),
    "allergies": gettext_lazy("Allergies"),
    "answers": gettext_lazy("Answers given"),
    "asked_at": gettext_lazy("Asked on"),
    "at": gettext_lazy("Date and hour"),
    "attempts": gettext_lazy("Tries to pay on line"),
    "born": gettext_lazy("Birth date"),
    "by": pgettext_lazy("own data", "By what means"),
    "channel": gettext_lazy("Channel"),
    "conditions": pgettext_lazy("own data", "Conditions"),
    "confirmed_at": gettext_lazy("Confirmed on"),
    "consents": gettext_lazy("Consents"),
    "contact_name": gettext_lazy("Whom to call"),
    "contact_phone": pgettext_lazy("own data", "Number to call"),
    "destroyed_at": gettext_lazy("Destroyed on"),
    "details": gettext_lazy("Details"),
    "due_at": gettext_lazy("Promised for"),
    "email": gettext_lazy("E-mail"),
    "emergency_contacts": gettext_lazy("Whom to call in an emergency"),
    "emails": gettext_lazy("Proved e-mail addresses"),
    "ended_at": gettext_lazy("Ended on"),
    "english_ground": gettext_lazy("Why in English"),
    "entered_at": gettext_lazy("Entered on"),
    "files": gettext_lazy("Files"),
    "follows": gettext_lazy("Is told of what follows"),
    "given": pgettext_lazy("own data", "Consents"),
    "group": gettext_lazy("Group"),
    "gst_cents": gettext_lazy("GST"),
    "household": pgettext_lazy("own data", "Household"),
    "invitations": gettext_lazy("Invitations received"),
    "is_payer": gettext_lazy("Receipts are in their name"),
    "language": gettext_lazy("Language"),
    "latitude": gettext_lazy("Latitude"),
    "letters": gettext_lazy("Letters"),
    "lines": pgettext_lazy("of an invoice", "Lines"),
    "links": gettext_lazy("In a household"),
    "longitude": gettext_lazy("Longitude"),
    "made_at": gettext_lazy("Made on"),
    "mandates": gettext_lazy("Who may act for me"),
    "mark": pgettext_lazy("own data", "Mark out of 5"),
    "matters": gettext_lazy("Questions"),
    "may_pick_up": gettext_lazy("Comes for the children"),
    "may_register": gettext_lazy("Registers and pays"),
    "medication": gettext_lazy("Medication"),
    "merged": gettext_lazy("Files merged into this one"),
    "most_cents": pgettext_lazy("own data", "At most"),
    "name": gettext_lazy("Name"),
    "nothing_to_report": gettext_lazy("Nothing to report"),
    "number": gettext_lazy("Number"),
    "on_behalf_of": gettext_lazy("On behalf of"),
    "opinion": gettext_lazy("My opinion"),
    "organisations": gettext_lazy("Organisations"),
    "outcome": gettext_lazy("Outcome"),
    "owed_cents": gettext_lazy("Still owed"),
    "participant": gettext_lazy("Participant"),
    "payer": gettext_lazy("In the name of"),
    "payments": gettext_lazy("Payments"),
    "people": gettext_lazy("People"),
    "percent": gettext_lazy("Percentage"),
    "phone": gettext_lazy("Telephone"),
    "phones": gettext_lazy("Telephones"),
    "place": pgettext_lazy("own data", "Place"),
    "places": gettext_lazy("Places watched"),
    "price_cents": gettext_lazy("Price"),
    "proof": gettext_lazy("Proof"),
    "proofs": gettext_lazy("Proofs of residence"),
    "proved_at": gettext_lazy("Proved on"),
    "qst_cents": gettext_lazy("QST"),
    "rank": gettext_lazy("Rank"),
    "reach": gettext_lazy("How to reach me"),
    "rebate_cents": gettext_lazy("Rebate"),
    "receives": gettext_lazy("Receives"),
    "reference": gettext_lazy("Reference"),
    "refunds": gettext_lazy("Refunds"),
    "replies": gettext_lazy("Replies of the town"),
    "resident": gettext_lazy("As a resident"),
    "role": gettext_lazy("Role"),
    "season": gettext_lazy("Season"),
    "seen_at": gettext_lazy("Seen on"),
    "signed_by": gettext_lazy("Signed by"),
    "since": gettext_lazy("Since"),
    "solved": gettext_lazy("Solved"),
    "state": pgettext_lazy("own data", "State"),
    "steps": gettext_lazy("Steps"),
    "subject": gettext_lazy("Subject"),
    "ticket": gettext_lazy("Ticket"),
    "title": gettext_lazy("Title"),
    "to": pgettext_lazy("own data", "To"),
    "told": gettext_lazy("How I am told"),
    "total_cents": gettext_lazy("Amount"),
    "until": pgettext_lazy("own data", "Until"),
    "used_at": gettext_lazy("Used on"),
    "value": gettext_lazy("Answer"),
    "version": pgettext_lazy("own data", "Version"),
    "visit_on": gettext_lazy("Visit on"),
    "warned_at": gettext_lazy("End told on"),
    "what": pgettext_lazy("own data", "What"),
    "what_to_do": pgettext_lazy("own data", "What to do"),
    "why": gettext_lazy("Reason"),
    "withheld": gettext_lazy("Given by the privacy officer only"),
    "words": gettext_lazy("Words"),
    "yours": gettext_lazy("Written by me"),
}


@dataclass(frozen=True)
class Node:
    """A line of the page: a value in words, else what is under it; `items` are those of a list, one block each."""

    label: str
    value: str = ""
    under: tuple["Node", ...] = ()
    items: tuple[tuple["Node", ...], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept of it."""
        return not (self.value or self.under or self.items)

    @property
    def count(self) -> int:
        """How many rows a list has; 0 for anything else."""
        return len(self.items)

    @property
    def size(self) -> int:
        """How many lines it takes on the page."""
        below = (*self.under, *(line for item in self.items for line in item))
        return 1 + sum(line.size for line in below)

    @property
    def is_long(self) -> bool:
        """Whether it is folded until someone asks for it."""
        return self.size > MOST_LINES


def own_data(account: Account) -> dict[str, Any]:
    """The whole document. A constant number of queries, whatever the account holds."""
    individual, household = individual_of(account), household_of(account)
    person = individual.person if individual else None
    file = own_file(person) if person else None
    shown = person if file and not file.get("withheld") else None
    emails = emails_of(account)
    return {
        "format": FORMAT,
        "made_at": clock.now(),
        "town": town().name,
        "account": own_account(account),
        "file": file,
        "requests": own_requests(account),
        "contacts": own_contacts(shown) if shown else [],
        "reports": own_reports(shown) if shown else [],
        "subscriptions": own_subscriptions(emails),
        "letters": own_letters(emails),
        "household": own_household(individual) if individual else None,
        "health": own_health(household, individual) if household and individual else [],
        "consents": own_consents(household, individual) if household and individual else [],
        "registrations": own_registrations(household, individual) if individual else [],
        "wishes": own_wishes(household) if household else [],
        "carts": own_carts(household) if household else [],
        "tickets": own_tickets(household) if household else [],
        "aids": own_aids(household) if household else [],
        "invoices": own_invoices(household) if household else [],
        "left_out": [{"what": what, "why": why} for what, why in left_out()],
    }


def left_out() -> list[tuple[str, str]]:
    """What is kept of someone and is not in the document: (what, why)."""
    by_officer = _("The privacy officer gives it, once it is looked at for what is of other people.")
    unsure = _("We cannot be sure that they are yours.")
    of_others = _("It is that of other people. Your own registrations there are here.")
    return [
        (_("Notes that the staff write for themselves, drafts and calls to make"), by_officer),
        (_("Who of the staff opened your file, when and why"), by_officer),
        (_("The marks of a file that is opened only for a reason, and a file that has one"), by_officer),
        (_("The decision of a court on who comes for a child"), by_officer),
        (_("Requests and contacts without your e-mail address or your account"), unsure),
        (_("A household of which you are no longer"), of_others),
        (_("Notices on a device"), _("A device has no name: what it asked for is on its own page of notices.")),
        (_("The words of a letter that holds a code or a link"), _("Whoever read them here could enter by it.")),
        (_("Your card"), _("We never see it: the provider of payments keeps it.")),
    ]


def parts(document: Mapping[str, Any]) -> list[Node]:
    """The parts of a document, as the lines of its page."""
    return [_node(str(title), document[key]) for key, title in PARTS.items()]


def _node(label: str, value: Any, key: str = "") -> Node:
    if isinstance(value, Mapping):
        return Node(label, under=_lines(value))
    if isinstance(value, list):
        if all(isinstance(item, Mapping) for item in value):
            return Node(label, items=tuple(_lines(item) for item in value))
        return Node(label, ", ".join(str(item) for item in value))
    return Node(label) if value is None else Node(label, _words(value, key))


def _lines(value: Mapping[str, Any]) -> tuple[Node, ...]:
    return tuple(_node(str(LABELS[key]), each, key) for key, each in value.items() if each not in (None, "", [], {}))


def _words(value: Any, key: str) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if key == "language":
        return dict(settings.LANGUAGES).get(value, str(value))
    if key.endswith("_cents"):
        return exact_money(value)
    if isinstance(value, datetime):
        return moment(value)
    return written_day(value) if isinstance(value, date) else str(value)
