"""The letters of a household: joining it with an account, the end of a proof of residence, having left it."""

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import town
from parvis.apps.households.models import Claim, HouseholdLink, ResidenceProof
from parvis.apps.mail.letters import Content, Letter, compose
from parvis.lib import quebec
from parvis.lib.i18n.languages import clean

CLAIM_RENDERER = f"{__name__}.claim"
RESIDENCE_RENDERER = f"{__name__}.residence_ends"
REMOVED_RENDERER = f"{__name__}.removed"


def claim(claim_id: int) -> Letter:
    """The link by which an adult of a household joins it with an account of their own."""
    row = Claim.objects.select_related("individual").get(pk=claim_id)
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            _("The file of your household is ready on the site of %(town)s: registrations, invoices and receipts.")
            % {"town": town().name},
            _("Open this link, then enter with this same e-mail address. A code comes to it: no password."),
        ],
        action=_("Join my household"),
        action_url=f"{settings.PARVIS_URL}/mon-dossier/famille/rejoindre/{row.secret}/",
        closing=[
            _("The link is good once, until %(day)s.") % {"day": quebec.day(row.expires_at, _lang())},
            _("You expected nothing of the kind? Do nothing: nobody else enters with it."),
        ],
    )
    return compose(_("Your household at %(town)s") % {"town": town().name}, content)


def residence_ends(proof_id: int) -> Letter:
    """When the proof of residence of a household ends, what it changes, and what to bring."""
    proof = ResidenceProof.objects.select_related("household").get(pk=proof_id)
    day = quebec.day(proof.expires_on, _lang())
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            _("The proof that your household lives in %(town)s counts until the day before %(day)s.")
            % {"town": town().name, "day": day},
            _("From then on you register when registration opens for everyone, at the price of non-residents."),
            _("To keep your priority, show at the counter a paper with your name and your address: %(kinds)s.")
            % {"kinds": kinds_of_proof()},
        ],
        action=_("See my household"),
        action_url=f"{settings.PARVIS_URL}/mon-dossier/famille/",
        closing=[_("Your registrations of today stay as they are.")],
    )
    return compose(_("Your proof of residence ends on %(day)s") % {"day": day}, content)


def removed(link_id: int) -> Letter:
    """Someone is no longer of a household: what it means, and what to do if it is a mistake."""
    row = HouseholdLink.objects.select_related("individual").get(pk=link_id)
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            _("%(name)s is no longer of a household at %(town)s: you no longer see it, nor register for it.")
            % {"name": row.individual.name, "town": town().name},
            _("This changes nothing of the law, nor of what a court decided."),
        ],
        closing=[_("Is it a mistake? Call us.")],
    )
    return compose(_("You are no longer of a household"), content)


def kinds_of_proof() -> str:
    """What the counter accepts as a proof of residence, in words."""
    kinds = [kind for kind in ResidenceProof.Kind if kind != ResidenceProof.Kind.CLAIM]
    return quebec.join([str(kind.label).lower() for kind in kinds], _lang(), word=_("or"))


def _lang() -> str:
    return clean(get_language())
