"""Text messages: those that leave, those that come in, the numbers that refuse them."""

from parvis.apps.texts.models.incoming import IncomingText, OptOut
from parvis.apps.texts.models.outgoing import OutgoingText
