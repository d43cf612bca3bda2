"""A push service of this machine: it keeps what it takes, hands it to Firefox, and misbehaves on demand.

It checks what a real one checks: the token and its audience (RFC 8292), TTL, Urgency, Topic (RFC 8030), the size. To
Firefox it speaks Autopush over a WebSocket: hello, register, notification, ack.
"""

import asyncio
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from aiohttp import WSMsgType, web
from py_vapid import Vapid02

LARGEST = 4096
LONGEST_TOKEN = 24 * 3600
FAULTS = {
    "none": "takes everything",
    "410": "answers that the subscription ended",
    "404": "answers that there is no such subscription",
    "429": "asks to wait two minutes",
    "413": "says that every message is too large",
    "500": "takes the message and answers 500",
    "503": "does not take the message and answers 503",
    "hang": "takes the message and does not answer",
    "slow": "answers after a second",
}


@dataclass
class Subscription:
    """A browser's subscription: its channel, the key of the site, the browser connected now."""

    channel: str
    key: str = ""
    browser: str = ""
    ended: bool = False


@dataclass
class PushService:
    """What it holds. `faults` are played one a request, the last one from then on."""

    port: int
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    waiting: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    acknowledged: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=lambda: ["none"])
    posts: int = 0
    browsers: dict[str, web.WebSocketResponse] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """The audience that a token must name."""
        return f"http://127.0.0.1:{self.port}"

    def subscribe(self, *, key: str = "", channel: str = "", browser: str = "") -> str:
        """The endpoint of a new subscription for the site whose key is `key` (any site when empty)."""
        token = uuid4().hex
        self.subscriptions[token] = Subscription(channel or str(uuid4()), key.rstrip("="), browser)
        return f"{self.origin}/push/{token}"

    def application(self) -> web.Application:
        """The service, over HTTP and WebSocket."""
        app = web.Application(client_max_size=1_000_000)
        app.router.add_get("/", self._browser)
        app.router.add_post("/push/{token}", self._push)
        app.router.add_get("/messages", self._list)
        app.router.add_post("/subscriptions", self._new)
        app.router.add_delete("/push/{token}", self._end)
        app.router.add_post("/faults/{names}", self._misbehave)
        return app

    # --- What a site sends ---------------------------------------------------------------------------------------

    async def _push(self, request: web.Request) -> web.Response:
        self.posts += 1
        fault = self.faults.pop(0) if len(self.faults) > 1 else self.faults[0]
        token, body = request.match_info["token"], await request.read()
        subscription = self.subscriptions.get(token)
        if subscription is None or fault == "404":
            return web.Response(status=404)
        if subscription.ended or fault == "410":
            return web.Response(status=410)
        if fault == "429":
            return web.Response(status=429, headers={"Retry-After": "120"})
        if len(body) > LARGEST or fault == "413":
            return web.Response(status=413)
        if fault == "503":
            return web.Response(status=503)
        if refusal := self._refusal(request, subscription):
            return web.Response(status=401 if "token" in refusal else 400, text=refusal)
        message = self._keep(request, token, body)
        await self._hand_over(subscription)
        if fault == "hang":
            await asyncio.sleep(3600)
        if fault == "slow":
            await asyncio.sleep(1)
        if fault == "500":
            return web.Response(status=500)
        location = f"{self.origin}/message/{message['version']}"
        return web.Response(status=201, headers={"Location": location, "TTL": str(message["ttl"])})

    def _refusal(self, request: web.Request, subscription: Subscription) -> str:
        """Why a request is refused, in a word or two; "" when it is not."""
        headers = request.headers
        if not headers.get("TTL", "").isdigit() or headers.get("Content-Encoding") != "aes128gcm":
            return "headers"
        if headers.get("Urgency", "normal") not in ("very-low", "low", "normal", "high"):
            return "urgency"
        if len(headers.get("Topic", "")) > 32:  # noqa: PLR2004
            return "topic"
        given = headers.get("Authorization", "")
        claims = _claims(given)
        if claims is None or not Vapid02.verify(given):
            return "token"
        key = given.rpartition("k=")[2].rstrip("=")
        if claims.get("aud") != self.origin or (subscription.key and key != subscription.key):
            return "token of another service"
        return "" if 0 < claims.get("exp", 0) - time.time() <= LONGEST_TOKEN else "token too long"

    def _keep(self, request: web.Request, token: str, body: bytes) -> dict[str, Any]:
        headers = request.headers
        message = {
            "token": token,
            "version": uuid4().hex,
            "ttl": int(headers["TTL"]),
            "urgency": headers.get("Urgency", "normal"),
            "topic": headers.get("Topic", ""),
            "audience": (_claims(headers["Authorization"]) or {}).get("aud"),
            "body": urlsafe_b64encode(body).decode(),
        }
        self.messages.append(message)
        queue = self.waiting.setdefault(self.subscriptions[token].channel, [])
        if message["topic"]:  # a message replaces the one of its topic that still waits (RFC 8030, 5.4)
            queue[:] = [one for one in queue if one["topic"] != message["topic"]]
        queue.append(message)
        return message

    # --- What a browser says -------------------------------------------------------------------------------------

    async def _browser(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(protocols=("push-notification",))
        if not socket.can_prepare(request):
            return web.Response(text="A push service, for tests only.\n")
        await socket.prepare(request)
        browser, answer = "", dict[str, Any]()
        async for frame in socket:
            if frame.type != WSMsgType.TEXT:
                continue
            said = json.loads(frame.data)
            kind = said.get("messageType", "ping")
            if kind == "hello":
                browser = said.get("uaid") or uuid4().hex
                self.browsers[browser] = socket
                answer = {"messageType": "hello", "uaid": browser, "status": 200, "use_webpush": True, "broadcasts": {}}
                await socket.send_json(answer)
                for subscription in [one for one in self.subscriptions.values() if one.browser == browser]:
                    await self._hand_over(subscription)
            elif kind == "register":
                channel = said["channelID"]
                endpoint = self.subscribe(key=said.get("key", ""), channel=channel, browser=browser)
                answer = {"messageType": "register", "channelID": channel, "status": 200, "pushEndpoint": endpoint}
                await socket.send_json(answer)
            elif kind == "unregister":
                self._unregister(said["channelID"])
                await socket.send_json({"messageType": "unregister", "channelID": said["channelID"], "status": 200})
            elif kind == "ack":
                self.acknowledged += said.get("updates", [])
            elif kind == "ping":
                await socket.send_str("{}")
        self.browsers.pop(browser, None)
        return socket

    def _unregister(self, channel: str) -> None:
        for subscription in self.subscriptions.values():
            subscription.ended |= subscription.channel == channel

    async def _hand_over(self, subscription: Subscription) -> None:
        """Sends to the browser, if it is connected, what waits for it."""
        socket = self.browsers.get(subscription.browser)
        if socket is None:
            return
        waiting = self.waiting.pop(subscription.channel, [])
        for message in waiting:
            with suppress(ConnectionError):
                await socket.send_json(
                    {
                        "messageType": "notification",
                        "channelID": subscription.channel,
                        "version": message["version"],
                        "ttl": message["ttl"],
                        "data": message["body"].rstrip("="),
                        "headers": {"encoding": "aes128gcm"},
                    }
                )

    # --- What a test asks ----------------------------------------------------------------------------------------

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response({"messages": self.messages, "acknowledged": self.acknowledged, "posts": self.posts})

    async def _new(self, request: web.Request) -> web.Response:
        return web.json_response({"endpoint": self.subscribe(key=request.query.get("key", ""))})

    async def _end(self, request: web.Request) -> web.Response:
        if subscription := self.subscriptions.get(request.match_info["token"]):
            subscription.ended = True
        return web.Response(status=204)

    async def _misbehave(self, request: web.Request) -> web.Response:
        names = request.match_info["names"].split(",")
        if not set(names) <= set(FAULTS):
            return web.Response(status=422, text=", ".join(FAULTS))
        self.faults = names
        return web.Response(status=204)


def _claims(authorization: str) -> dict[str, Any] | None:
    """The claims of a vapid Authorization header, unverified; None when it has none."""
    try:
        token = authorization.split("t=", 1)[1].split(",", 1)[0]
        text = token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (IndexError, ValueError):
        return None
    return claims if isinstance(claims, dict) else None


def serve(port: int, faults: list[str]) -> None:
    """Serves on 127.0.0.1 until interrupted."""
    service = PushService(port, faults=faults or ["none"])
    print(f"Push service, for tests only: {service.origin}", flush=True)
    web.run_app(service.application(), host="127.0.0.1", port=port, print=None)
