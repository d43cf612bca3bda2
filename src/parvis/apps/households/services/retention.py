"""What households keep no longer than the town's calendar says."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.apps.households.models import Claim, Household, ResidenceProof
from parvis.apps.residents.models import Account
from parvis.apps.residents.services.accounts import delete_account
from parvis.apps.retention.queries.registry import Rule

ACCOUNT = "account-"


def file_named(reference: str) -> str:
    """What the household or the account of a reference is called; "" when there is none."""
    number = reference.removeprefix(ACCOUNT)
    if reference.startswith(ACCOUNT) and number.isdecimal():
        return _("account %(number)s") % {"number": number} if Account.objects.filter(pk=int(number)).exists() else ""
    household = Household.objects.filter(public_id=reference).first()
    return _("household %(name)s") % {"name": household.name} if household else ""


def _proof_due(before: datetime) -> Q:
    return Q(ended_at__lt=before) | Q(expires_on__lt=timezone.localdate(before))


def _proof_label(proof: ResidenceProof) -> str:
    return f"{proof.get_kind_display()}, {proof.since.isoformat()} – {proof.expires_on.isoformat()}"


def _claim_label(claim: Claim) -> str:
    return _("invitation sent on %(day)s") % {"day": timezone.localdate(claim.made_at).isoformat()}


def _claim_file(claim: Claim) -> str:
    return next((link.household.public_id for link in claim.individual.links.all()), "")


def _account_label(account: Account) -> str:
    return _("account not used since %(day)s") % {"day": timezone.localdate(account.seen_at).isoformat()}


def delete_accounts(ids: Collection[int]) -> None:
    """Deletes accounts with their addresses; the requests stay. One that is in a household by now stays too."""
    for account in Account.objects.filter(pk__in=ids, individual=None):
        delete_account(account=account)


RULES = (
    Rule(
        slug="households.proofs",
        title=gettext_lazy("Proofs of residence"),
        since=gettext_lazy("their end, or the day they were withdrawn"),
        rows=lambda: ResidenceProof.objects.select_related("household"),
        due=_proof_due,
        label=_proof_label,
        file=lambda proof: proof.household.public_id,
    ),
    Rule(
        slug="households.invitations",
        title=gettext_lazy("Invitations to join a household"),
        since=gettext_lazy("the day they were used, or lapsed"),
        rows=lambda: Claim.objects.prefetch_related("individual__links__household"),
        due=lambda before: Q(used_at__lt=before) | Q(expires_at__lt=before),
        label=_claim_label,
        file=_claim_file,
    ),
    Rule(
        slug="households.accounts",
        title=gettext_lazy("Accounts of the site, in no household"),
        since=gettext_lazy("the last time they were used"),
        rows=lambda: Account.objects.filter(individual=None),
        due=lambda before: Q(seen_at__lt=before),
        label=_account_label,
        file=lambda account: f"{ACCOUNT}{account.pk}",
        destroyer=delete_accounts,
    ),
)
