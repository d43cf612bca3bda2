"""What the form of a request does for whoever is signed in."""

from typing import Any

from django.http import HttpRequest

from parvis.apps.cases.models import AccountCase, Case
from parvis.apps.cases.queries.citizens.citizen_cases import latest_own
from parvis.apps.cases.services.citizen.accounts import keep_case
from parvis.apps.residents.queries.accounts import emails_of
from parvis.apps.residents.queries.people import number_of
from parvis.apps.residents.web.sessions import account_of


def account_initial(request: HttpRequest) -> dict[str, Any]:
    """The name, e-mail and phone of the form: those of the last request that the account made for itself.

    Without one, its first address; nothing when nobody is signed in.
    """
    account = account_of(request)
    if account is None:
        return {}
    case = latest_own(account)
    person = case.person.canonical if case and case.person else None
    if person is None:
        return {"email": next(iter(emails_of(account)), "")}
    return {"name": person.name, "email": person.email, "phone": number_of(person)}


def attach(request: HttpRequest, case: Case) -> None:
    """Puts a request just opened in the list of the account signed in, if any."""
    account = account_of(request)
    if account is not None:
        keep_case(account=account, case=case, how=AccountCase.How.OPENED)
