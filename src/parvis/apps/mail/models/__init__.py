"""E-mail: letters that go out, messages that come in, the mailboxes they come to."""

from parvis.apps.mail.models.incoming import Incoming, IncomingFile
from parvis.apps.mail.models.mailboxes import InboundDelivery, Mailbox
from parvis.apps.mail.models.outgoing import Outgoing, OutgoingFile
