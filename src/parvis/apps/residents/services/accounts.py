"""Accounts of residents: signing in by a code, proving an address or a number, signing out everywhere, deleting."""

import hmac
import logging
import unicodedata
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext as _

from parvis.apps.mail.services.outgoing import Sending, erase_letter, queue_letter
from parvis.apps.residents.letters import CODE_RENDERER, code_words
from parvis.apps.residents.models import Account, AccountEmail, ProofCode
from parvis.apps.residents.queries.accounts import DIGITS, code_of
from parvis.apps.residents.queries.contact_details import Unreadable, clean_email, clean_phone, is_north_american
from parvis.apps.telephony.services.texts.outgoing import erase_text, queue_text
from parvis.apps.throttling.services import Limit, count_attempt, forget_attempts, is_spent
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid
from parvis.lib.i18n.languages import clean

VALID = timedelta(minutes=10)
TRIES = 5
CODES_FROM, CODES_FROM_NETWORK = 20, 60  # an hour: from a client, from a network
PROVEN = 10  # times as many letters to those who do a work: a whole town may sign in behind a few addresses
CODES_TO = 5  # an hour, to one address or number from one client
CODES_TO_OF_ALL = 5  # an hour, to one address or number from all the clients that prove nothing
CODES_TO_PROVEN = 10  # an hour, to one address or number from all the others, which did a work
TEXTS_A_DAY = 500  # codes by text for the whole town: what a flood of requests may cost it in a day
HOUR, DAY, NINETY_DAYS = 3600, 86_400, 90 * 86_400  # seconds
KEPT_FOR = timedelta(days=1)
Use = ProofCode.Use

logger = logging.getLogger(__name__)


def send_code(
    *,
    use: ProofCode.Use,
    target: str,
    language: str,
    client: str,
    network: str,
    account: Account | None = None,
    proven: bool = False,
) -> ProofCode:
    """Sends a code to an e-mail address, or to a number by text for `Use.PHONE`, whether or not it is known.

    `client` is what asks and `network` where it is, for the limits; `proven` when it did a work, so that what others
    ask for that address does not hinder it. Raises Invalid (email or phone) when it is no address, or no number of
    Canada or the United States, and beyond the limits, which do not depend on what is known of it.
    """
    field = "phone" if use == Use.PHONE else "email"
    try:
        cleaned = clean_phone(target) if use == Use.PHONE else clean_email(target)
    except Unreadable as error:
        raise Invalid.in_field(field, str(error)) from error
    if not cleaned:
        missing = _("Write the number of a mobile phone.") if use == Use.PHONE else _("Write your e-mail address.")
        raise Invalid(missing, {field: missing})
    if use == Use.PHONE and not is_north_american(cleaned):
        raise Invalid.in_field(field, _("We send texts to numbers of Canada and the United States only."))
    if count_attempt(*_limits(use, cleaned, client, network, proven)):
        often = _("Many codes are on their way to you. Use the last one received, or call us.")
        if use != Use.PHONE:
            often = _("Many codes are on their way to you. Use the last one received, or ask for a link by e-mail.")
        raise Invalid.in_field(field, often)
    with transaction.atomic():
        moment = now()
        proof = ProofCode.objects.create(
            use=use, target=cleaned, account=account, made_at=moment, expires_at=moment + VALID
        )
        if use == Use.PHONE:
            with translation.override(clean(language)):
                words = code_words(proof.uid)
            queue_text(key=_letter_key(proof), to=cleaned, body=words)
        else:
            queue_letter(
                key=_letter_key(proof),
                to=cleaned,
                language=clean(language),
                renderer=CODE_RENDERER,
                args=[proof.uid],
                sending=Sending(urgent=True),
            )
    return proof


def _limits(use: ProofCode.Use, target: str, client: str, network: str, proven: bool) -> list[Limit]:
    """What the sending of a code counts against; where that address was proved before, not what others ask for it."""
    more = PROVEN if proven and use != Use.PHONE else 1  # texts are paid
    limits = [
        Limit("code-from", client, CODES_FROM * more, HOUR),
        Limit("code-from-network", network, CODES_FROM_NETWORK * more, HOUR),
        Limit("code-to", f"{target} {client}", CODES_TO, HOUR),
    ]
    if use == Use.PHONE:
        limits.append(Limit("code-texts", "", TEXTS_A_DAY, DAY))
    if is_spent(_proved(target, client)):
        return limits
    everyone = ("code-to-proven", CODES_TO_PROVEN) if proven else ("code-to-of-all", CODES_TO_OF_ALL)
    return [*limits, Limit(everyone[0], target, everyone[1], HOUR)]


def _proved(target: str, client: str) -> Limit:
    return Limit("code-proved", f"{target} {client}", 1, NINETY_DAYS)


def prove(*, uid: str, use: ProofCode.Use, code: str, client: str) -> ProofCode:
    """Uses up a code: once, within ten minutes, in five tries. Not to be called in a transaction: a try must count.

    What others ask for this address or number no longer hinders `client`, for ninety days. Raises Invalid (code) for a
    wrong, used or expired one, in the same words.
    """
    typed = "".join(str(unicodedata.decimal(sign)) for sign in code if sign.isdecimal())  # ASCII, from any script
    with transaction.atomic():
        rows = ProofCode.objects.select_for_update(of=("self",)).select_related("account")
        proof = rows.filter(uid=uid, use=use, used_at=None, expires_at__gt=now(), tries__lt=TRIES).first()
        right = proof is not None and hmac.compare_digest(code_of(proof.uid), typed.zfill(DIGITS)[:DIGITS])
        right = right and len(typed) == DIGITS
        if proof is not None:
            if right:
                proof.used_at = now()
            else:
                proof.tries = F("tries") + 1
            proof.save(update_fields=["used_at", "tries"])
        if right and proof is not None:
            _erase_letter(proof)
    if not right or proof is None:
        message = _("This is not the code, or it is no longer good. Look at the last one received, or ask for another.")
        raise Invalid(message, {"code": message})
    forget_attempts(_proved(proof.target, client))
    count_attempt(_proved(proof.target, client))
    return proof


def sign_in(*, uid: str, code: str, language: str, client: str) -> Account:
    """The account of the address that the code proves, made at its first use. Raises Invalid (code)."""
    proof = prove(uid=uid, use=Use.SIGN_IN, code=code, client=client)
    try:
        with transaction.atomic():
            account = _account_of(proof.target, language)
    except IntegrityError:  # made at the same moment, in another window
        account = _account_of(proof.target, language)
    Account.objects.filter(pk=account.pk).update(seen_at=now())
    logger.info("account %s signed in", account.pk)
    return account


def _account_of(email: str, language: str) -> Account:
    known = AccountEmail.objects.select_related("account").filter(email=email).first()
    if known:
        return known.account
    moment = now()
    account = Account.objects.create(language=clean(language), created_at=moment, seen_at=moment)
    AccountEmail.objects.create(account=account, email=email, proved_at=moment)
    return account


def add_email(*, account: Account, uid: str, code: str, client: str) -> AccountEmail:
    """Adds the address that the code proves. Raises Invalid (code); Conflict when it opens another account."""
    proof = prove(uid=uid, use=Use.ADD_EMAIL, code=code, client=client)
    row, _made = AccountEmail.objects.get_or_create(
        email=proof.target, defaults={"account": account, "proved_at": now()}
    )
    if row.account_id != account.pk or proof.account_id != account.pk:
        raise Conflict(_("This address opens another account. Enter with it, delete that account, then add it here."))
    return row


@transaction.atomic
def remove_email(*, account: Account, email_id: int) -> None:
    """Removes an address from the account. Raises Conflict for the last one, without which nobody enters any more."""
    ids = list(AccountEmail.objects.select_for_update().filter(account=account).values_list("pk", flat=True))
    if email_id in ids and len(ids) == 1:
        raise Conflict(_("This is the only address of your account: add another one first, or delete the account."))
    AccountEmail.objects.filter(account=account, pk=email_id).delete()


def sign_out_everywhere(*, account: Account) -> None:
    """Ends every session of the account."""
    Account.objects.filter(pk=account.pk).update(epoch=F("epoch") + 1)
    logger.info("account %s signed out everywhere", account.pk)


@transaction.atomic
def delete_account(*, account: Account) -> None:
    """Deletes the account with its addresses, codes and lists. The requests stay, with their links."""
    pk, emails = account.pk, list(AccountEmail.objects.filter(account=account).values_list("email", flat=True))
    for proof in ProofCode.objects.filter(Q(target__in=emails) | Q(account=account)):
        _erase_letter(proof)
        proof.delete()
    Account.objects.filter(pk=pk).delete()
    logger.info("account %s deleted", pk)


def forget_codes() -> int:
    """Erases the letters of codes that are over, and after a day the codes themselves; returns how many of these."""
    over = ProofCode.objects.filter(expires_at__lt=now())
    for proof in over.filter(used_at=None):
        _erase_letter(proof)
    return over.filter(expires_at__lt=now() - KEPT_FOR).delete()[0]


def _letter_key(proof: ProofCode) -> str:
    return f"code/{proof.uid}"


def _erase_letter(proof: ProofCode) -> None:
    if proof.use == Use.PHONE:
        erase_text(key=_letter_key(proof))
    else:
        erase_letter(key=_letter_key(proof))
