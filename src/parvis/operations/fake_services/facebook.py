"""A Facebook and a Mastodon of this machine: they keep what is published, send signed webhooks, misbehave on demand.

It answers as the Graph API does (the page, its feed, photos, comments and messages, tokens) and as a Mastodon server
does (statuses, media), on one port.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from itertools import count
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from parvis.apps.social.rules.signature import signature
from parvis.operations.fake_services.names import (
    APP_ID,
    APP_SECRET,
    MASTODON,
    MASTODON_TOKEN,
    PAGE,
    PAGE_NAME,
    PAGE_TOKEN,
)

FAULTS = {
    "none": "takes everything",
    "190": "refuses the token: it expired (subcode 463)",
    "460": "refuses the token: the password changed",
    "32": "asks to wait: too many calls were made",
    "368": "asks to wait: abuse is suspected",
    "200": "says that the page was not ticked",
    "100": "says that a parameter is invalid",
    "500": "takes it and answers 500",
    "503": "does not take it and answers 503",
    "hang": "takes it and does not answer",
    "lost": "does not take it and does not answer",
    "slow": "answers after a second",
    "version": "answers with another version than the one asked for, as once it ended",
}
_PERMISSIONS = [
    *("pages_manage_posts", "pages_read_engagement", "pages_manage_engagement", "pages_read_user_content"),
    *("pages_manage_metadata", "pages_show_list", "pages_messaging"),
]


@dataclass
class Item:
    """A post, a comment or a private message."""

    id: str
    kind: str  # post, photo, comment, message, status
    text: str
    by: str
    at: float
    parent: str = ""
    link: str = ""
    image: int = 0  # bytes
    image_text: str = ""
    hidden: bool = False
    removed: bool = False
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def created(self) -> str:
        return datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


@dataclass
class Networks:
    """What they hold. `faults` are played one a write, the last one from then on."""

    port: int
    hook: str = ""
    items: dict[str, Item] = field(default_factory=dict)
    media: dict[str, tuple[int, str]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)  # Idempotency-Key: identifier
    dead: int = 0  # the subcode of the token that died; 0: it lives
    ticked: bool = True
    faults: list[str] = field(default_factory=lambda: ["none"])
    writes: int = 0
    seen: list[str] = field(default_factory=list)  # method and path of every call
    ranks: Any = field(default_factory=lambda: count(1))
    wall_clock: Any = time.time

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def of(self, kind: str) -> list[Item]:
        """What stands there of a kind, the oldest first."""
        return [item for item in self.items.values() if item.kind == kind and not item.removed]

    def application(self) -> web.Application:
        """Both networks, and what a test asks."""
        app = web.Application(client_max_size=20_000_000)
        app.router.add_get("/", self._page)
        app.router.add_get("/state", self._state)
        app.router.add_post("/faults/{names}", self._misbehave)
        app.router.add_post("/token/{what}", self._token)
        app.router.add_post("/say", self._say)
        app.router.add_route("*", "/api/{version}/{path:.*}", self._mastodon)
        app.router.add_route("*", "/{version:v[0-9.]+}/{path:.*}", self._graph)
        return app

    # --- The Graph API -----------------------------------------------------------------------------------------------

    async def _graph(self, request: web.Request) -> web.StreamResponse:
        path, version = request.match_info["path"], request.match_info["version"]
        form = dict(request.query) | await self._form(request)
        self.seen.append(f"{request.method} {path}")
        headers = {"facebook-api-version": version}
        fault = self._fault(request)
        if fault == "version" or self.faults == ["version"]:
            headers["facebook-api-version"] = "v99.0"
        if path == "debug_token":
            return web.json_response({"data": self._debug(form)}, headers=headers)
        if refusal := self._refusal(request, fault):
            return web.json_response({"error": refusal}, status=400, headers=headers)
        if fault in ("503", "lost"):
            return await self._unhelpful(fault)
        values, status = self._answer(request.method, path, form)
        if fault in ("500", "hang", "slow"):
            response = await self._unhelpful(fault)
            if fault != "slow":
                return response
        return web.json_response(values, status=status, headers=headers)

    async def _form(self, request: web.Request) -> dict[str, str]:
        result: dict[str, str] = {}
        for name, value in (await request.post()).items() if request.method != "GET" else ():
            if isinstance(value, web.FileField):
                result[f"{name}:bytes"] = str(len(value.file.read()))
            else:
                result[name] = str(value)
        return result

    def _fault(self, request: web.Request) -> str:
        if request.method == "GET":
            return "none"
        self.writes += 1
        return self.faults.pop(0) if len(self.faults) > 1 else self.faults[0]

    async def _unhelpful(self, fault: str) -> web.Response:
        if fault in ("hang", "lost"):
            await asyncio.sleep(3600)
        if fault == "slow":
            await asyncio.sleep(1)
        return web.json_response(_error(1, "An unknown error occurred"), status=503 if fault == "503" else 500)

    def _debug(self, form: Mapping[str, str]) -> dict[str, Any]:
        if self.dead or form.get("input_token") != PAGE_TOKEN:
            error = {"code": 190, "subcode": self.dead or 467, "message": "Error validating access token"}
            return {"is_valid": False, "error": error}
        kind = {"type": "PAGE", "profile_id": PAGE} if self.ticked else {"type": "USER"}
        return {"is_valid": True, "app_id": APP_ID, "expires_at": 0, "scopes": _PERMISSIONS, **kind}

    def _refusal(self, request: web.Request, fault: str) -> dict[str, Any]:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        subcode = {"190": 463, "460": 460}.get(fault, self.dead)
        if subcode or token != PAGE_TOKEN:
            return _error(190, "Error validating access token", subcode or 467)["error"]
        if fault == "200" or not self.ticked:
            return _error(200, "(#200) The user hasn't authorized the application to perform this action")["error"]
        if fault == "32":
            return _error(32, "(#32) Page request limit reached")["error"]
        if fault == "368":
            words = "The action attempted has been deemed abusive or is otherwise disallowed"
            return _error(368, words, 1390008)["error"]
        return _error(100, "Invalid parameter")["error"] if fault == "100" else {}

    def _answer(self, method: str, path: str, form: Mapping[str, str]) -> tuple[dict[str, Any], int]:
        owner, _slash, edge = path.partition("/")
        if owner == PAGE and method == "POST" and edge in ("feed", "photos", "messages"):
            return self._written(edge, form)
        if owner == PAGE and method == "GET" and edge in ("posts", "conversations"):
            return self._listed(edge, form), 200
        names = [one.fields.get("name", "") for one in self.items.values() if one.by == owner]
        if method == "GET" and names:
            return {"id": owner, "name": names[-1] or "Paul Tremblay"}, 200
        item = self.items.get(owner)
        if item is None or item.removed:
            return _error(100, "Unsupported request. Object does not exist", 33), 400
        if edge == "comments" and method == "POST":
            return {"id": self.write("comment", form.get("message", ""), parent=owner).id}, 200
        if edge == "comments":
            return {"data": [_row(one) for one in self.of("comment") if one.parent == owner]}, 200
        if method == "DELETE":
            item.removed = True
        elif "is_hidden" in form:
            item.hidden = form["is_hidden"] == "true"
        elif method == "POST":
            item.text = form.get("message", item.text)
        return {"success": True} if method != "GET" else _row(item), 200

    def _written(self, edge: str, form: Mapping[str, str]) -> tuple[dict[str, Any], int]:
        if edge == "messages":
            recipient, words = json.loads(form["recipient"])["id"], json.loads(form["message"])["text"]
            last = max((one.at for one in self.of("message") if one.by == recipient), default=0.0)
            age, tag = self.wall_clock() - last, form.get("tag", "")
            if age > (7 if tag == "HUMAN_AGENT" else 1) * 86_400:
                return _error(10, "(#10) This message is sent outside of allowed window.", 2018278), 400
            if tag not in ("", "HUMAN_AGENT"):
                return _error(100, "(#100) Param tag is no longer supported"), 400
            item = self.write("message", words, parent=recipient, fields=dict(form))
            return {"recipient_id": recipient, "message_id": item.id}, 200
        size = int(form.get("source:bytes", "0"))
        if edge == "photos" and not size:
            return _error(100, "(#100) Missing or invalid image file"), 400
        words = form.get("caption" if edge == "photos" else "message", "")
        item = self.write("photo" if size else "post", words, link=form.get("link", ""))
        item.image, item.image_text = size, form.get("alt_text_custom", "")
        return ({"id": f"9{item.id}", "post_id": item.id} if size else {"id": item.id}), 200

    def _listed(self, edge: str, form: Mapping[str, str]) -> dict[str, Any]:
        if edge == "posts":
            since = float(form.get("since", "0"))
            return {"data": [_row(one) for one in [*self.of("post"), *self.of("photo")] if one.at >= since]}
        rows = [_row(one) for one in self.of("message") if form.get("user_id") in (one.parent, one.by)]
        return {"data": [{"messages": {"data": rows}}]}

    def write(self, kind: str, text: str, **values: Any) -> Item:
        rank = next(self.ranks)
        identifier = f"m_{rank}" if kind == "message" else f"{PAGE}_{rank}" if kind != "status" else str(9000 + rank)
        item = Item(identifier, kind, text, values.pop("by", PAGE), self.wall_clock(), **values)
        self.items[item.id] = item
        return item

    # --- Mastodon ----------------------------------------------------------------------------------------------------

    async def _mastodon(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        form = await self._form(request)
        self.seen.append(f"{request.method} {path}")
        fault = self._fault(request)
        bad_token = request.headers.get("Authorization") != f"Bearer {MASTODON_TOKEN}"
        if self.dead or bad_token or fault in ("190", "460"):
            return web.json_response({"error": "The access token is invalid"}, status=401)
        refusals = {"32": 429, "368": 429, "200": 403, "100": 422}
        if fault in refusals:
            return web.json_response({"error": "refused"}, status=refusals[fault])
        if fault in ("503", "lost"):
            return await self._unhelpful(fault)
        values, status = self._toot(request, path, form)
        if fault in ("500", "hang"):
            return await self._unhelpful(fault)
        return web.json_response(values, status=status)

    def _toot(self, request: web.Request, path: str, form: Mapping[str, str]) -> tuple[Any, int]:
        if path == "accounts/verify_credentials":
            return {"id": MASTODON, "username": "ville"}, 200
        if path == f"accounts/{MASTODON}/statuses":
            return [self._status(one) for one in reversed(self.of("status"))], 200
        if path == "media":
            identifier = str(next(self.ranks))
            self.media[identifier] = (int(form.get("file:bytes", "0")), form.get("description", ""))
            return {"id": identifier, "type": "image"}, 200
        if path == "statuses" and request.method == "POST":
            key = request.headers.get("Idempotency-Key", "")
            if len(form.get("status", "")) > 500:  # noqa: PLR2004
                return {"error": "Validation failed: Text character limit of 500 exceeded"}, 422
            if key not in self.keys:
                item = self.write("status", form.get("status", ""), by=MASTODON, parent=form.get("in_reply_to_id", ""))
                item.image, item.image_text = self.media.get(form.get("media_ids[]", ""), (0, ""))
                item.fields = dict(form)
                self.keys[key] = item.id
            return self._status(self.items[self.keys[key]]), 200
        item_of = self.items.get(path.removeprefix("statuses/"))
        if item_of is None or item_of.removed:
            return {"error": "Record not found"}, 404
        if request.method == "PUT":
            item_of.text = form.get("status", "")
            if "media_ids[]" not in form:
                item_of.image = 0
        item_of.removed = request.method == "DELETE"
        return self._status(item_of), 200

    def _status(self, item: Item) -> dict[str, Any]:
        content = "<p>" + escape(item.text, quote=False).replace("\n", "<br />") + "</p>"
        media = [{"id": item.fields.get("media_ids[]", "")}] if item.image else []
        url = f"{self.origin}/@ville/{item.id}"
        at = datetime.fromtimestamp(item.at, UTC).isoformat()
        return {"id": item.id, "content": content, "created_at": at, "url": url, "media_attachments": media}

    # --- What people write, and the webhooks that tell it ------------------------------------------------------------

    def comment(self, text: str, *, by: str = "501", name: str = "Marie-Ève Létourneau", parent: str = "") -> Item:
        """Someone comments a post of the page, the last one by default."""
        posts = [*self.of("post"), *self.of("photo")]
        post = parent or (posts[-1].id if posts else self.write("post", "Bonjour").id)
        return self.write("comment", text, by=by, parent=post, fields={"name": name})

    def message(self, text: str, *, by: str = "601", name: str = "") -> Item:
        """Someone writes to the page in private."""
        return self.write("message", text, by=by, parent=PAGE, fields={"name": name})

    def told(self, *items: Item, verb: str = "add", at: float | None = None) -> bytes:
        """The webhook that tells what these are (verb "add"), or became ("edited", "remove"), in Meta's spelling."""
        moment = self.wall_clock() if at is None else at
        changes = [_change(item, verb, moment) for item in items if item.kind != "message"]
        messaging = [_messaging(item, verb, moment) for item in items if item.kind == "message"]
        entry: dict[str, Any] = {"id": PAGE, "time": int(moment)}
        entry |= {"changes": changes} if changes else {}
        entry |= {"messaging": messaging} if messaging else {}
        return json.dumps({"object": "page", "entry": [entry]}, separators=(",", ":")).replace("/", "\\/").encode()

    @staticmethod
    def signed(body: bytes) -> dict[str, str]:
        """The headers of a webhook."""
        return {"Content-Type": "application/json", "X-Hub-Signature-256": signature(APP_SECRET, body)}

    async def _send(self, bodies: list[bytes]) -> list[int]:
        """Sends webhooks to `hook`; the status of the answer to each, 0 for none."""
        statuses = []
        async with ClientSession(timeout=ClientTimeout(total=10)) as session:
            for body in bodies:
                status = 0
                with suppress(ClientError, TimeoutError):
                    async with session.post(self.hook, data=body, headers=self.signed(body)) as answer:
                        status = answer.status
                statuses.append(status)
        return statuses

    # --- What a test asks --------------------------------------------------------------------------------------------

    async def _state(self, _request: web.Request) -> web.Response:
        rows = [item.__dict__ for item in self.items.values()]
        return web.json_response({"items": rows, "writes": self.writes, "dead": self.dead, "faults": self.faults})

    async def _page(self, _request: web.Request) -> web.Response:
        rows = "".join(
            f"<li><b>{escape(item.kind)}</b> {escape(item.fields.get('name', item.by))}: {escape(item.text)}"
            f"{' (removed)' if item.removed else ''}{' (hidden)' if item.hidden else ''}</li>"
            for item in self.items.values()
        )
        text = f"<!doctype html><meta charset=utf-8><title>Stand-in</title><h1>Facebook, Mastodon</h1><ol>{rows}</ol>"
        return web.Response(text=text, content_type="text/html")

    async def _misbehave(self, request: web.Request) -> web.Response:
        names = request.match_info["names"].split(",")
        if not set(names) <= set(FAULTS):
            return web.Response(status=422, text=", ".join(FAULTS))
        self.faults = names
        return web.Response(status=204)

    async def _token(self, request: web.Request) -> web.Response:
        what = request.match_info["what"]
        self.dead = 0 if what == "live" else int(what) if what.isdigit() else 463
        return web.Response(status=204)

    async def _say(self, request: web.Request) -> web.Response:
        """{kind, text, by, name, parent, id, verb, times}: writes, edits or removes, then tells it `times` times."""
        asked = await request.json()
        verb, words = asked.get("verb", "add"), str(asked.get("text", ""))
        known = self.items.get(str(asked.get("id", "")))
        if known is None:
            who = {name: str(asked[name]) for name in ("by", "name") if name in asked}
            if asked.get("kind") == "message":
                known = self.message(words, **who)
            else:
                known = self.comment(words, parent=str(asked.get("parent", "")), **who)
        known.text, known.removed = words or known.text, verb == "remove"
        statuses = await self._send([self.told(known, verb=verb)] * int(asked.get("times", 1))) if self.hook else []
        return web.json_response({"id": known.id, "webhooks": statuses})


def _error(code: int, words: str, subcode: int = 0) -> dict[str, dict[str, Any]]:
    error: dict[str, Any] = {"message": words, "type": "OAuthException", "code": code, "fbtrace_id": "stand-in"}
    return {"error": error | ({"error_subcode": subcode} if subcode else {})}


def _row(item: Item) -> dict[str, Any]:
    row: dict[str, Any] = {"id": item.id, "message": item.text, "created_time": item.created}
    return row | {"from": {"id": item.by, "name": item.fields.get("name", PAGE_NAME)}}


def _change(item: Item, verb: str, at: float) -> dict[str, Any]:
    value: dict[str, Any] = {
        "from": {"id": item.by, "name": item.fields.get("name", PAGE_NAME)},
        "item": "comment" if item.kind == "comment" else "status",
        "comment_id": item.id,
        "post_id": item.parent,
        "parent_id": item.parent,
        "verb": verb,
        "created_time": int(item.at),
        "post": {"permalink_url": f"https://www.facebook.com/{item.parent}"},
    }
    if verb != "remove":
        value["message"] = item.text
    return {"field": "feed", "value": value}


def _messaging(item: Item, verb: str, at: float) -> dict[str, Any]:
    echo = item.by == PAGE
    people = {"sender": {"id": item.by}, "recipient": {"id": item.parent}}
    if verb in ("edit", "edited"):
        return people | {"timestamp": int(at * 1000), "message_edit": {"mid": item.id, "text": item.text}}
    message: dict[str, Any] = {"mid": item.id} | ({"is_echo": True, "app_id": APP_ID} if echo else {})
    message |= {"is_deleted": True} if verb == "remove" else {"text": item.text}
    return people | {"timestamp": int((item.at if verb == "add" else at) * 1000), "message": message}


def serve(port: int, faults: list[str], hook: str = "") -> None:
    """Serves on 127.0.0.1 until interrupted."""
    networks = Networks(port, hook=hook, faults=faults or ["none"])
    print(f"Facebook and Mastodon, for tests only: {networks.origin}", flush=True)
    web.run_app(networks.application(), host="127.0.0.1", port=port, print=None)
