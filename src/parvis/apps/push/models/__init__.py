"""The devices, what leaves for them, and the key that signs it."""

from parvis.apps.push.models.device import Device, VapidKey
from parvis.apps.push.models.outgoing import OutgoingPush
from parvis.apps.push.models.subscription import Subscription
