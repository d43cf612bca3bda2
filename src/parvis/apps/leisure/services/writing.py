"""A message to those who come to a group, written in the composer."""

from django.utils.translation import gettext as _

from parvis.apps.directory.models import User
from parvis.apps.leisure.models import Group
from parvis.apps.leisure.queries.access import Deed, may
from parvis.apps.leisure.queries.audiences import audience_name
from parvis.apps.outreach.models import Message
from parvis.apps.outreach.services.drafts import MessageDraft, start_message
from parvis.lib.errors import NotAllowed


def start_message_to_group(*, group: Group, waiting: bool, key: str, by: User) -> Message:
    """A draft for the households of those who come, and of those who wait too; the same key twice makes one.

    Raises NotAllowed.
    """
    if not may(by, Deed.MANAGE):
        raise NotAllowed(_("Your role does not manage leisure."))
    return start_message(key=key, draft=MessageDraft(), audience=audience_name(group, waiting=waiting), by=by)
