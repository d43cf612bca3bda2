"""What an account keeps of requests: those it opened, those it claims from their links, and what it has read."""

from collections.abc import Sequence

from django.db import transaction

from parvis.apps.cases.models import AccountCase, Case
from parvis.apps.residents.models import Account
from parvis.lib.clock import now

MOST_CLAIMED = 100
How = AccountCase.How


@transaction.atomic
def keep_case(
    *, account: Account, case: Case, how: AccountCase.How = How.CLAIMED, read: int | None = None
) -> AccountCase:
    """Puts a request in the list of an account, once; the caller holds its private link, or has just opened it.

    `read` is the number of the last entry that it has read; all of them when None.
    """
    seen = case.seq if read is None else read
    row, _made = AccountCase.objects.get_or_create(
        account=account, case=case, defaults={"how": how, "kept_at": now(), "seen_seq": seen}
    )
    if row.kept_at is None:
        row.how, row.kept_at = how, now()
        row.save(update_fields=["how", "kept_at"])
    return row


@transaction.atomic
def claim_cases(*, account: Account, secrets: Sequence[str]) -> list[Case]:
    """Puts in the list of an account the requests of these private links; unknown ones are passed over in silence.

    At most MOST_CLAIMED at once. What is new in them stays new.
    """
    cases = list(Case.objects.filter(secret__in=list(dict.fromkeys(secrets))[:MOST_CLAIMED]))
    for case in cases:
        keep_case(account=account, case=case, read=1)
    return cases


@transaction.atomic
def release_case(*, account: Account, case: Case) -> None:
    """Takes a request that was kept or sent out of the list; it stays in it when its letters put it there."""
    AccountCase.objects.filter(account=account, case=case).update(how="", kept_at=None)


@transaction.atomic
def record_read(*, account: Account, case: Case) -> None:
    """Records that the account has read a request up to its last entry; it gives no access."""
    row, made = AccountCase.objects.get_or_create(account=account, case=case, defaults={"seen_seq": case.seq})
    if not made and row.seen_seq < case.seq:
        AccountCase.objects.filter(pk=row.pk).update(seen_seq=case.seq)
