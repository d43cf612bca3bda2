"""A provider of phone calls of this machine: it keeps calls, answers them as told, presses keys, misbehaves on demand.

It answers as Twilio's REST API does (the Calls resource), and signs the requests by which it tells what became of each.
Nothing rings anywhere.
"""

import base64
import json
import threading
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from xml.etree import ElementTree as ET

import requests

from parvis.lib.twilio import signature

Webhook = tuple[str, dict[str, str], str]
Post = Callable[[Webhook], str]
"""Sends a signed request (URL, fields, signature) to the town, and returns the body of its answer."""

FAULTS = {
    "none": "takes the call",
    "500": "takes it and answers 500",
    "503": "does not take it and answers 503",
    "429": "asks to wait",
    "hang": "takes it and answers late",
    "cut": "takes it and closes the connection",
    "21211": "says that this is no phone number",
}
ANSWERS = {
    "hears": "listens to the end without a key",
    "confirms": "presses 1",
    "leaves": "presses 9",
    "again": "presses 2, then 1",
    "hangs_up": "hangs up before the end",
    "leaves_early": "hears the whole message, and hangs up before any key",
    "machine": "an answering machine takes the message",
    "busy": "is busy",
    "no_answer": "does not answer",
    "failed": "the number cannot be reached",
    "other": "presses 5, and hangs up",
    "silent": "rings, and nothing is ever told of it",
}
_ENDS = {"busy": "busy", "no_answer": "no-answer", "failed": "failed"}
_KEYS = {
    "hears": [""],
    "machine": [""],
    "confirms": ["1"],
    "leaves": ["9"],
    "again": ["2", "1"],
    "hangs_up": [],
    "leaves_early": [],
    "other": ["5"],
}
_ranks = count(1)


@dataclass
class Call:
    """A call that was taken. `spoken`: each thing said, in order. `told`: its end was told."""

    sid: str
    to: str
    sender: str
    twiml: str
    callback: str
    token: str
    account: str
    made: str
    status: str = "queued"
    answered_by: str = ""
    seconds: int = 0
    spoken: list[str] = field(default_factory=list)
    told: bool = False

    @property
    def resource(self) -> dict[str, Any]:
        """The call as the API tells it."""
        return {
            "sid": self.sid,
            "to": self.to,
            "from": self.sender,
            "status": self.status,
            "answered_by": self.answered_by or None,
            "duration": str(self.seconds) if self.seconds else None,
            "date_created": self.made,
        }


@dataclass
class VoiceProvider:
    """What the account holds, and how it behaves. `then`: faults, one for each POST; `order`: how what it tells comes,
    "" as it happens, "doubled", "reversed".
    """

    port: int = 0
    calls: list[Call] = field(default_factory=list)
    posts: int = 0
    then: list[str] = field(default_factory=list)
    lists: bool = True
    order: str = ""
    hang_seconds: float = 3.0
    hows: dict[str, list[str]] = field(default_factory=dict)
    expected: tuple[str, str] | None = None
    rings: Callable[[Call], None] | None = None

    def answer(self, to: str, *how: str) -> None:
        """How the person of a number answers the calls to come, one each, the last one from then on (ANSWERS)."""
        self.hows[to] = list(how)

    def take(self, fields: dict[str, str], account: str, token: str) -> Call:
        """Keeps a call, as the API does."""
        call = Call(
            sid=f"CA{next(_ranks):032d}",
            to=fields["To"],
            sender=fields["From"],
            twiml=fields["Twiml"],
            callback=fields["StatusCallback"],
            token=token,
            account=account,
            made=formatdate(),
        )
        self.calls.append(call)
        if self.rings:
            self.rings(call)
        return call

    def ring(self, post: Post) -> int:
        """Plays every call that did not ring yet; returns how many."""
        waiting = [call for call in self.calls if call.status == "queued"]
        for call in waiting:
            self.play(call, post)
        return len(waiting)

    def play(self, call: Call, post: Post) -> None:
        """One call, from the first ring to its end, each step told to the town."""
        hows = self.hows.get(call.to, ["hears"])
        how = hows.pop(0) if len(hows) > 1 else hows[0]
        call.status = "in-progress" if how in _KEYS else "ringing"
        if how == "silent":
            return
        if how in _ENDS:
            call.status, call.told = _ENDS[how], True
            self._tell([self.status_of(call, ErrorCode="31404" if how == "failed" else "")], post)
            return
        call.answered_by = "machine_end_beep" if how == "machine" else "human"
        begun = self.status_of(call)
        call.seconds = 2 if how == "hangs_up" else 40
        call.status, call.told = "completed", True
        end = self.status_of(call)

        def keys() -> None:
            self._press(call, _KEYS[how], post)

        self._tell([end, begun, keys] if self.order == "reversed" else [begun, keys, end], post)

    def status_of(self, call: Call, **more: str) -> Webhook:
        """The signed request that tells the present status of a call."""
        fields = {"CallSid": call.sid, "CallStatus": call.status, "To": call.to, "AccountSid": call.account, **more}
        if call.status == "completed":
            fields |= {"AnsweredBy": call.answered_by, "CallDuration": str(call.seconds)}
        return call.callback, fields, signature(call.token, call.callback, fields.items())

    def _tell(self, steps: list[Any], post: Post) -> None:
        for step in steps:
            for _time in range(2 if self.order == "doubled" else 1):
                step() if callable(step) else post(step)

    def _press(self, call: Call, digits: list[str], post: Post) -> None:
        """Hears what is said, presses each key in turn, and hears what is answered."""
        spoken = call.twiml
        call.spoken += said(spoken)
        for digit in digits:
            gather = ET.fromstring(spoken).find("Gather")
            if gather is None:
                return
            url = gather.get("action", "")
            fields = {"CallSid": call.sid, "Digits": digit, "To": call.to, "AccountSid": call.account}
            spoken = post((url, fields, signature(call.token, url, fields.items())))
            if spoken:
                call.spoken += said(spoken)

    def start(self) -> ThreadingHTTPServer:
        """Listens on the loopback interface, in a thread; shut down what is returned."""
        server = ThreadingHTTPServer(("127.0.0.1", self.port), type("OfProvider", (Handler,), {"provider": self}))
        server.daemon_threads = True
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return server


def said(twiml: str) -> list[str]:
    """The words of a TwiML document, in order, each after its language: "fr-CA: Bonjour"."""
    return [f"{say.get('language')}: {say.text}" for say in ET.fromstring(twiml).iter("Say")]


def serve(port: int, faults: list[str], how: str, delay: float = 3.0) -> None:
    """Serves until interrupted; each call rings after `delay` seconds and is answered as told, `how` by default."""
    provider = VoiceProvider(port=port, then=[fault for fault in faults if fault != "none"])

    def post(webhook: Webhook) -> str:
        url, fields, signed = webhook
        try:
            return requests.post(url, data=fields, headers={"X-Twilio-Signature": signed}, timeout=20).text
        except requests.RequestException as error:
            print(f"{url}: {type(error).__name__}", flush=True)
            return ""

    def ring(call: Call) -> None:
        provider.hows.setdefault(call.to, [how])
        threading.Timer(delay, provider.play, (call, post)).start()

    provider.rings = ring
    server = provider.start()
    print(f"http://127.0.0.1:{provider.port}/ places calls nowhere.", flush=True)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        server.shutdown()


class Handler(BaseHTTPRequestHandler):
    """The API of a provider, and what people who try it ask of the stand-in."""

    provider: VoiceProvider
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        path = urllib.parse.unquote(self.path).strip("/").split("/")
        if path[0] == "answer" and len(path) == 3 and path[2] in ANSWERS:  # noqa: PLR2004
            self.provider.answer(path[1], path[2])
            self._answer(200, {})
            return
        if path[0] == "faults" and len(path) == 2 and set(path[1].split(",")) <= set(FAULTS):  # noqa: PLR2004
            self.provider.then = [fault for fault in path[1].split(",") if fault != "none"]
            self._answer(200, {})
            return
        self._place(dict(urllib.parse.parse_qsl(body, keep_blank_values=True)))

    def do_GET(self) -> None:  # noqa: N802
        if self.path == "/":
            self._answer(200, {"calls": [call.resource | {"spoken": call.spoken} for call in self.provider.calls]})
            return
        parts = urllib.parse.urlsplit(self.path)
        if not self._who() or not self.provider.lists:
            self._answer(500, {})
            return
        if parts.path.endswith("/Calls.json"):
            to = dict(urllib.parse.parse_qsl(parts.query)).get("To", "")
            found = [call.resource for call in reversed(self.provider.calls) if call.to == to]
            self._answer(200, {"calls": found})
            return
        sid = parts.path.rpartition("/")[2].removesuffix(".json")
        call = next((call for call in self.provider.calls if call.sid == sid), None)
        self._answer(200, call.resource) if call else self._answer(404, {"code": 20404})

    def _place(self, fields: dict[str, str]) -> None:
        self.provider.posts += 1
        who = self._who()
        if who is None or not self.path.endswith(f"/2010-04-01/Accounts/{who[0]}/Calls.json"):
            self._answer(401, {"code": 20003, "message": "Authenticate"})
            return
        then = self.provider.then.pop(0) if self.provider.then else "none"
        if then == "503":
            self._answer(503, {})
            return
        if then.isdigit() and then != "500":
            status = 429 if then == "429" else 400
            self._answer(status, {"code": int(then), "message": f"Refused, {then}"})
            return
        call = self.provider.take(fields, *who)
        if then == "cut":
            self.close_connection = True
            self.connection.close()
            return
        if then == "hang":
            threading.Event().wait(self.provider.hang_seconds)
        self._answer(500, {}) if then == "500" else self._answer(201, call.resource)

    def _who(self) -> tuple[str, str] | None:
        """The account and its token; None when they are not the expected ones."""
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        try:
            account, _colon, token = base64.b64decode(given).decode().partition(":")
        except ValueError:
            return None
        wrong = not token or (self.provider.expected is not None and (account, token) != self.provider.expected)
        return None if wrong else (account, token)

    def _answer(self, status: int, content: object) -> None:
        data = json.dumps(content).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            self.close_connection = True  # the client stopped waiting
