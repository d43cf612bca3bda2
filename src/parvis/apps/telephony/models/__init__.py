"""Texts in and out, calls, the numbers that refuse them, and what managers decided of the texts that leave."""

from parvis.apps.telephony.models.calls import RINGING, OutgoingCall
from parvis.apps.telephony.models.incoming import IncomingText
from parvis.apps.telephony.models.outgoing import OutgoingText
from parvis.apps.telephony.models.refusals import NOT_SERVED, NUMBER_REFUSES, Medium, NumberRefusal
from parvis.apps.telephony.models.sending import SendingDecision
