"""Phone calls that leave, and the numbers that refuse them."""

from parvis.apps.voice.models.calls import RINGING, CallRefusal, OutgoingCall
