"""E-mail: letters that go out, messages that come in."""

from parvis.apps.mail.models.incoming import Incoming, IncomingFile
from parvis.apps.mail.models.outgoing import Outgoing, OutgoingFile
