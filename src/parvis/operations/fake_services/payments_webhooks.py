"""The webhooks of the stand-in for payments: signed as Stripe signs them, sent again until they are taken."""

import hmac
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from parvis.operations.fake_services.payments_controls import Controls

SKEWED = 301  # seconds: one more than what is accepted
MOST_TRIES, FIRST_WAIT = 10, 0.5  # each wait is twice the one before


@dataclass
class Webhooks:
    """Where they go, by which secrets they are signed (the latest last), what became of each that was sent."""

    url: str
    secrets: list[str]
    controls: Controls
    deliveries: list[dict[str, Any]] = field(default_factory=list)

    def rotate(self, secret: str = "") -> str:
        """Adds a secret, and returns it."""
        self.secrets.append(secret or f"whsec_{uuid4().hex}")
        return self.secrets[-1]

    def send(self, events: Sequence[dict[str, Any]], *, wait: bool = False) -> None:
        """Sends the webhooks of one gesture, in a thread of their own unless `wait` says that their answers matter."""
        if not self.url or not events:
            return
        if wait:
            self._send_all(events)
        else:
            threading.Thread(target=self._send_all, args=(events,), daemon=True).start()

    def header(self, body: bytes) -> str:
        """The Stripe-Signature of a body, as the controls want it."""
        skew = SKEWED if self.controls.future_signature else -SKEWED if self.controls.old_signature else 0
        moment = int(time.time()) + skew
        secrets = ["whsec_of_another"] if self.controls.bad_signature else self.secrets
        signed = b"%d.%s" % (moment, body)
        return f"t={moment}," + ",".join(f"v1={hmac.digest(one.encode(), signed, 'sha256').hex()}" for one in secrets)

    def _send_all(self, events: Sequence[dict[str, Any]]) -> None:
        time.sleep(self.controls.delay)
        for event in reversed(events) if self.controls.reorder else events:
            if self.controls.drop:
                self.controls.drop -= 1
                self._note(event, 0, "dropped")
                continue
            for _time in range(max(1, self.controls.duplicate)):
                self._try(event, 1)

    def _try(self, event: dict[str, Any], attempt: int) -> None:
        body = json.dumps(event).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": self.header(body)}
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url, body, headers), timeout=20) as answer:
                outcome = answer.status
        except urllib.error.HTTPError as error:
            outcome = error.code
        except OSError as error:
            outcome = type(error).__name__
        self._note(event, attempt, outcome)
        taken = isinstance(outcome, int) and outcome < HTTPStatus.MULTIPLE_CHOICES
        if not taken and attempt < MOST_TRIES:
            timer = threading.Timer(FIRST_WAIT * 2 ** (attempt - 1), self._try, (event, attempt + 1))
            timer.daemon = True
            timer.start()

    def _note(self, event: dict[str, Any], attempt: int, outcome: int | str) -> None:
        self.deliveries.append({"event": event["id"], "type": event["type"], "attempt": attempt, "outcome": outcome})
