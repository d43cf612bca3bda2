"""What someone may see of a person. Every screen, list, printout and message to the staff asks `may_see`.

| Field | Whose role | Without a reason | Once a reason was stated |
|---|---|---|---|
| NAME | reads cases or persons | always | always |
| PHONE, EMAIL, FILE | reads persons | unless the file is sensitive | always |
| ADDRESS | reads persons | unless the file is sensitive | always |
| PLACE | reads cases | unless the address is protected | always |

FILE is all else that a file holds: notes, organisations, who may act, contacts, answers given. PLACE is where a request
of theirs is: nearly always at home, or before it, so that it tells the address. A mark of any kind makes a file
sensitive; "a protected address" also protects the place of each request.
"""

from enum import StrEnum

from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.residents.models import Person


class Field(StrEnum):
    """One part of what is known of a person."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    FILE = "file"
    PLACE = "place"


_ACTIONS: dict[Field, tuple[Action, ...]] = {
    Field.NAME: (Action.READ_CASE, Action.READ_PERSON),
    Field.PLACE: (Action.READ_CASE,),
}


def may_see(person: Person, field: Field, user: User, *, reason: bool = False) -> bool:
    """Whether `user` may see that field of the person; `reason`: they stated lately why they open the file.

    Which requests someone may read is another matter: `cases.access.may_read`. No query: the marks of a file are
    written on those merged into it too.
    """
    if not any(user.may(action) for action in _ACTIONS.get(field, (Action.READ_PERSON,))):
        return False
    if field is Field.NAME:
        return True
    marked = person.address_protected if field is Field.PLACE else person.sensitive
    return reason or not marked
