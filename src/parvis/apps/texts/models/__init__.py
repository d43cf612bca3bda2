"""Text messages in and out, the numbers that refuse them, and what managers decided of those that leave."""

from parvis.apps.texts.models.incoming import IncomingText, OptOut
from parvis.apps.texts.models.outgoing import OutgoingText
from parvis.apps.texts.models.sending import SendingDecision
