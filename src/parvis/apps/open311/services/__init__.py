"""Taking in the requests that programs send, and sending ours to the servers of outside bodies."""

from parvis.apps.open311.services.carrying import ask_for_due_forwardings, carry_forwarding
from parvis.apps.open311.services.forwarding import (
    FORWARDED,
    forward_case,
    settle_forwarding,
    take_forwarding_back,
    try_again,
)
from parvis.apps.open311.services.media import fetch_media
from parvis.apps.open311.services.servers import Mapped, ServerValues, map_services, save_server, test_server
from parvis.apps.open311.services.submitting import (
    Report,
    WrongMedia,
    submit_request,
    weigh_danger,
)
