"""Whether the letters of the town deserve to be believed: what the name server says of its domain, and their headers.

It asks the network: never inside a transaction.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from parvis.apps.directory.queries import town
from parvis.apps.newsletter.rules import deliverability as rules
from parvis.apps.newsletter.rules.contact_points import domain_of
from parvis.apps.newsletter.rules.deliverability import Verdict, Word
from parvis.apps.newsletter.rules.mime import bare
from parvis.lib.dns_text import NoAnswer, txt


@dataclass(frozen=True)
class Deliverability:
    """What is known of the town's mail. `trouble`: why the name server could not be asked; "" when it was.

    `aligned`: the envelope sender is in the domain of From. `https`: the leave link may be one of RFC 8058.
    """

    domain: str
    envelope_domain: str
    selector: str
    spf: Verdict
    dkim: Verdict
    dmarc: Verdict
    aligned: bool
    https: bool
    trouble: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.trouble and not self.failing and self.aligned and self.https

    @property
    def failing(self) -> list[str]:
        """The names of the records that are wrong."""
        return [name for name in ("spf", "dkim", "dmarc") if getattr(self, name).bad]


def check_deliverability() -> Deliverability:
    """Asks the name server about the domain of the letters; three questions."""
    place, selector = town(), settings.PARVIS_DKIM_SELECTOR
    domain = domain_of(bare(settings.PARVIS_MAIL_FROM) or place.email)
    envelope = domain_of(place.email) if settings.PARVIS_MAIL_SUBADDRESSES else domain
    server = settings.PARVIS_DNS_SERVER
    trouble, unknown = "", Verdict(Word.UNKNOWN)
    sender, signature, policy = unknown, unknown, unknown
    try:
        sender = rules.spf(txt(envelope, server))
        policy = rules.dmarc(txt(f"_dmarc.{domain}", server))
        if selector:
            signature = rules.dkim(txt(f"{selector}._domainkey.{domain}", server))
    except NoAnswer as error:
        trouble = str(error)
    return Deliverability(
        domain=domain,
        envelope_domain=envelope,
        selector=selector,
        spf=sender,
        dkim=signature,
        dmarc=policy,
        aligned=rules.aligned(domain, envelope, policy.record),
        https=urlsplit(settings.PARVIS_URL).scheme == "https",
        trouble=trouble,
    )
