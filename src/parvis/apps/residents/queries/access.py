"""Field-level access to people. Every screen, list, printout and message to staff goes through `may_see`.

| Field | Role needed | Without a reason | With a stated reason |
|---|---|---|---|
| NAME | reads cases or persons | always | always |
| PHONE, EMAIL, ADDRESS, FILE | reads any person | unless the file is sensitive | always |
| the same | reads persons | with a request in common, unless the file is sensitive | always |
| PLACE | reads cases | unless the address is protected | always |

"In common": a request of the person that the reader may read (`cases.queries.access.people_in_common`). A technician
reads persons in this way. FILE is everything else: notes, organisations, mandates, contacts, answers given. PLACE is
the location of a person's request: usually their home, so it reveals the address. Any flag makes a file sensitive; "a
protected address" also protects the place of each request.
"""

from enum import StrEnum

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.residents.models import Person


class Field(StrEnum):
    """A part of a person's file, for access control."""

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


def may_see(person: Person, field: Field, user: User, *, reason: bool = False, in_common: bool = False) -> bool:
    """Whether `user` may see a field of the person; `reason`: they recently stated why they open the file.

    `in_common`: a request of the person is the user's to read, which counts for those who do not read any person.

    For which requests a user may read, see `cases.queries.access.may_read`. No query: flags are copied to merged files.
    """
    if not any(user.may(action) for action in _ACTIONS.get(field, (Action.READ_PERSON,))):
        return False
    if field is Field.NAME:
        return True
    if field is Field.PLACE:
        return reason or not person.address_protected
    theirs = in_common or user.may_everywhere(Action.READ_PERSON)
    return reason or (theirs and not person.sensitive)
