"""Asking for a code from a browser, which holds it until it is typed."""

from uuid import uuid4

from django.http import HttpRequest
from django.utils.translation import get_language

from parvis.apps.residents.models import Account, ProofCode
from parvis.apps.residents.services import accounts
from parvis.apps.residents.web.sessions import holds_code_for, remember_code, remembered_code
from parvis.apps.throttling.services import Limit, count_attempt, is_spent, proves
from parvis.lib.errors import Invalid
from parvis.lib.limits import client_address, client_network

AGAIN = 60  # seconds before another letter follows the last one


def ask_for_code(
    request: HttpRequest, use: ProofCode.Use, target: str, *, work: str, account: Account | None = None, about: str = ""
) -> None:
    """Has a code sent, and binds it to this browser; `work` is the field `altcha` of the form.

    A browser that holds a good code for that address or number is sent none in the minute that follows, and is never
    refused: nobody else's asking bars who holds one. Raises Invalid as `accounts.send_code`.
    """
    holds = holds_code_for(request, use, target, about)
    last = remembered_code(request, use, about)
    if holds and last and is_spent(_just_sent(last)):
        return
    try:
        proof = accounts.send_code(
            use=use,
            target=target,
            language=get_language() or "fr",
            client=client_address(request),
            network=client_network(request),
            account=account,
            proven=bool(work) and proves(work, use=uuid4().hex),
        )
    except Invalid:
        if not holds:
            raise
    else:
        remember_code(request, proof, about)
        count_attempt(_just_sent(proof))


def _just_sent(proof: ProofCode) -> Limit:
    return Limit("code-sent", proof.uid, 1, AGAIN)
