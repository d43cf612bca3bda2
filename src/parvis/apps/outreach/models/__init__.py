"""Messages, their versions, what became of each in every channel, approvals, journal, templates."""

from parvis.apps.outreach.models.deliveries import Delivery, Release
from parvis.apps.outreach.models.messages import Approval, JournalEntry, KeptDraft, Message, Template, Version
