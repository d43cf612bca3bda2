"""What the staff may do in leisure: decided here, and nowhere else."""

from enum import StrEnum

from django.db.models import Q, QuerySet

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.leisure.models import Group


class Deed(StrEnum):
    """What someone of the staff does in leisure; the first two on one group."""

    READ_LIST = "read_list"
    READ_HEALTH = "read_health"
    READ_CONTACTS = "read_contacts"
    MANAGE = "manage"
    REGISTER = "register"
    GIVE_AID = "give_aid"
    RECORD_CUSTODY = "record_custody"


ACTIONS = {
    Deed.READ_LIST: Action.READ_GROUP,
    Deed.READ_HEALTH: Action.READ_GROUP,
    Deed.READ_CONTACTS: Action.MANAGE_LEISURE,
    Deed.MANAGE: Action.MANAGE_LEISURE,
    Deed.REGISTER: Action.REGISTER_OTHERS,
    Deed.GIVE_AID: Action.MANAGE_LEISURE,
    Deed.RECORD_CUSTODY: Action.MANAGE_LEISURE,
}

OF_GROUPS = {Deed.READ_LIST, Deed.READ_HEALTH}


def may(user: User, deed: Deed, group: Group | None = None) -> bool:
    """Whether the user may do it, to that group where the deed is on one.

    An instructor reads the lists of the groups that they lead; who manages leisure reads them all. Nobody else does,
    and the list of an instructor has no means of contact, no address, no price. Financial aid, with its reason, is
    read and given by who manages leisure alone. Health, consents and who must not come for a child (READ_HEALTH) are
    read by whoever leads the group alone, not by who manages leisure.
    """
    if not user.may(ACTIONS[deed]):
        return False
    if deed not in OF_GROUPS or deed == Deed.READ_LIST and user.may(Action.MANAGE_LEISURE):
        return True
    return group is not None and group.instructor_id == user.pk


def lists_of(user: User) -> QuerySet[Group]:
    """The groups whose list the user may read, as `may` says."""
    if not user.may(Action.READ_GROUP):
        return Group.objects.none()
    mine = Q() if user.may(Action.MANAGE_LEISURE) else Q(instructor=user)
    return Group.objects.filter(mine).select_related("season", "activity", "hall")
