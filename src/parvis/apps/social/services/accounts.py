"""The accounts: connected, checked, dead, disconnected."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.outbox.services import give_up
from parvis.apps.social.models import Account, Post
from parvis.lib.clock import now
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Invalid, NotFound
from parvis.lib.jobs import announce, enqueue, event, job
from parvis.lib.words import one_line

CHECK = job("parvis.apps.social.tasks.check_account")
DIED = event("social.account_died")
LONGEST_TOKEN = 1000


@transaction.atomic
def connect_account(
    *, network: str, name: str, page_id: str, token: str, server: str = "", by: User | None = None, check: bool = True
) -> Account:
    """Adds an account, or connects again the one that the network calls `page_id`, and asks for its check at once;
    without `check`, the daily one does.

    Raises Invalid (network, name, page_id, server, token).
    """
    server = server.strip().rstrip("/")
    _refuse(network, name, page_id, server, token)
    account, _new = Account.objects.get_or_create(
        network=network, server=server, page_id=page_id.strip(), defaults={"added_at": now(), "added_by": by}
    )
    account.name = one_line(name)[:120]
    _take_token(account, token, check=check)
    return account


@transaction.atomic
def renew_token(*, account_id: int, token: str) -> Account:
    """Gives an account another token, and asks for its check. What failed for the old one is tried again by hand.

    Raises NotFound, Invalid (token).
    """
    account = _locked(account_id)
    if not token.strip() or len(token) > LONGEST_TOKEN:
        raise Invalid.in_field("token", _("Paste the token."))
    _take_token(account, token)
    return account


def _take_token(account: Account, token: str, *, check: bool = True) -> None:
    account.token = token.strip()
    account.error = account.error_code = account.served_version = ""
    account.dead_at = account.alarmed_at = account.waits_until = account.expires_at = account.disconnected_at = None
    account.save()
    # A removal that was refused is still owed to the public; what failed to appear is tried again by hand.
    owed = Post.objects.filter(account=account, state=Post.State.FAILED, removal_asked_at__isnull=False)
    owed.exclude(external_id="").update(state=Post.State.QUEUED, queued_at=now(), not_before=None, changed_at=now())
    if check:
        enqueue(CHECK, account.pk)


def _refuse(network: str, name: str, page_id: str, server: str, token: str) -> None:
    wrong = {}
    if network not in Account.Network.values:
        wrong["network"] = _("Choose a network.")
    if not name.strip():
        wrong["name"] = _("Give it a name.")
    if not page_id.strip() or len(page_id.strip()) > 64:  # noqa: PLR2004
        wrong["page_id"] = _("Write the identifier of the page.")
    if not token.strip() or len(token) > LONGEST_TOKEN:
        wrong["token"] = _("Paste the token.")
    many_servers = network == Account.Network.MASTODON
    if many_servers and (urlsplit(server).scheme not in ("https", "http") or not urlsplit(server).hostname):
        wrong["server"] = _("Write the address of the server, https://…")
    if wrong:
        raise Invalid(next(iter(wrong.values())), wrong)


def ask_for_check(*, account_id: int) -> Account:
    """Asks that the token of an account be checked now. Raises NotFound."""
    account = Account.objects.filter(pk=account_id, disconnected_at=None).first()
    if account is None:
        raise NotFound(_("This account does not exist."))
    enqueue(CHECK, account.pk)
    return account


@transaction.atomic
def disconnect(*, account_id: int) -> Account:
    """Forgets the token of an account; what waits for it fails, and says why. Idempotent. Raises NotFound."""
    account = _locked(account_id)
    if account.disconnected_at is None:
        account.token, account.disconnected_at = "", now()
        account.save(update_fields=["token", "disconnected_at"])
        _fail_waiting(account.posts.all(), error=_("This account was disconnected."))
    return account


@transaction.atomic
def fail_dead() -> None:
    """What should leave now by a dead account has failed: nobody must believe that it will."""
    ripe = Q(attempts__gt=0) | Q(not_before=None) | Q(not_before__lte=now())
    for account in Account.objects.filter(dead_at__isnull=False):
        _fail_waiting(account.posts.filter(ripe), error=account.error, code=account.error_code)


def _fail_waiting(posts: QuerySet[Post], *, error: str, code: str = "") -> None:
    waiting = posts.filter(state=Post.State.QUEUED)
    waiting.update(error=error, error_code=code, error_kind=Post.ErrorKind.TOKEN)
    give_up(waiting)


@transaction.atomic
def record_dead(*, account_id: int, error: str, code: str) -> None:
    """Marks that the network refuses the token of an account, and announces it the first time."""
    account = _locked(account_id)
    account.error, account.error_code, account.checked_at = one_line(error)[:300], code[:20], now()
    if account.dead_at is None:
        account.dead_at = now()
        announce(DIED)
    account.save(update_fields=["error", "error_code", "checked_at", "dead_at"])


@transaction.atomic
def record_check(
    *, account_id: int, error: str = "", code: str = "", expires_at: datetime | None = None, served_version: str = ""
) -> None:
    """Records that the network accepts the token; `error` is what is wrong all the same."""
    account = _locked(account_id)
    account.error, account.error_code, account.checked_at = one_line(error)[:300], code[:20], now()
    account.dead_at = account.alarmed_at = None
    account.expires_at, account.served_version = expires_at, served_version[:12]
    account.save()


def record_wait(*, account_id: int, error: str, code: str, wait: timedelta) -> None:
    """Records that the network asked to wait: nothing leaves by this account meanwhile."""
    Account.objects.filter(pk=account_id).update(
        waits_until=now() + wait, error=one_line(error)[:300], error_code=code[:20]
    )


def record_answer(*, account_id: int) -> None:
    """Records that the network does what it is asked again: what was passing is no longer said of the account."""
    passing = Q(error_code__in=("silent", "doubt", "wait")) | Q(error_code__startswith="368")
    Account.objects.filter(passing, pk=account_id, dead_at=None).update(error="", error_code="", waits_until=None)


def record_alarm(*, account_ids: list[int]) -> None:
    """Records that people were told that these accounts are dead."""
    Account.objects.filter(pk__in=account_ids).update(alarmed_at=now())


def _locked(account_id: int) -> Account:
    return locked_row(Account.objects.filter(pk=account_id), _("This account does not exist."))
