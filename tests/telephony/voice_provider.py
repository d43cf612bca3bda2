"""The stand-in of the provider of calls, as the tests use it."""

import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager

from parvis.operations.fake_services.voice import Call, Post, VoiceProvider, Webhook

__all__ = ["NUMBER", "SID", "TOKEN", "Call", "Post", "VoiceProvider", "Webhook", "serving", "url_of"]
SID, TOKEN, NUMBER = "AC" + "1" * 32, "the token of the calls", "+15145550111"


def url_of(provider: VoiceProvider) -> str:
    """The value of PARVIS_VOICE_URL."""
    token, sender = urllib.parse.quote(TOKEN), urllib.parse.quote(NUMBER)
    return f"twilio+http://{SID}:{token}@127.0.0.1:{provider.port}?from={sender}"


@contextmanager
def serving() -> Iterator[VoiceProvider]:
    """The stand-in, listening until the end."""
    provider = VoiceProvider(expected=(SID, TOKEN))
    server = provider.start()
    yield provider
    server.shutdown()
    server.server_close()
