"""Tables of Open311: requests that programs sent, the servers of other bodies, and the requests sent to them."""

from parvis.apps.open311.models.forwarding import Forwarding, OutsideServer, ServiceMapping
from parvis.apps.open311.models.submissions import Submission
