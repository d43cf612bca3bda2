"""The rule of the second person, the same for messages, incidents and issues of the newsletter."""

from collections.abc import Collection

from django.conf import settings
from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import decides_alone, is_second_person
from parvis.lib.errors import NotAllowed


def is_decider(by: User) -> bool:
    """Whether someone may make words public without a second person: a role of PARVIS_EMERGENCY_DECIDERS."""
    return decides_alone(roles=by.roles, deciders=settings.PARVIS_EMERGENCY_DECIDERS)


def approves_alone(*, by: User, writers: Collection[int], emergency: bool = True) -> bool:
    """Whether `by` approves what they wrote, which the journal must say: False for a second person.

    Raises NotAllowed for a writer, unless they are a decider and it is an emergency.
    """
    if is_second_person(approver=by.pk, writers=writers):
        return False
    if emergency and is_decider(by):
        return True
    raise NotAllowed(_("Someone else must approve what you wrote."))
