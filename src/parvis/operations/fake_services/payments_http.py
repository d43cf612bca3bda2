"""The stand-in for payments over HTTP: the API, the page where one pays, and what a test asks (`/control`)."""

import html
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from parvis.operations.fake_services.payments import ApiError, Object, PaymentProvider, fingerprint

HANGS = 60.0  # seconds without an answer, where a time-out is played
PLURALS = {
    "checkout/sessions": "checkout.session",
    "payment_intents": "payment_intent",
    "charges": "charge",
    "refunds": "refund",
    "balance_transactions": "balance_transaction",
    "events": "event",
}
FILTERS = ("payment_intent", "charge", "type", "source", "status")
MOST_LISTED = 100
PAGE = """<!doctype html><html lang="{lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>body{{font:18px/1.6 sans-serif;max-width:30em;margin:2em auto;padding:0 1em}}
label,input,button{{display:block;font:inherit;margin:.4em 0}}input{{padding:.4em;width:100%;box-sizing:border-box}}
button{{padding:.5em 1.5em}}.why{{border-left:4px solid #a33;padding-left:1em}}small{{color:#555}}</style>
<body><main>{body}</main></body></html>"""
WORDS = {
    "fr": {
        "lang": "fr",
        "title": "Payer",
        "example": "Page d’essai : aucune carte n’est débitée. 4242 4242 4242 4242 est acceptée, 4000 0000 0000 0002 "
        "est refusée, 4000 0025 0000 3155 demande une confirmation.",
        "number": "Numéro de la carte",
        "until": "Expiration",
        "code": "Code de sécurité",
        "pay": "Payer",
        "back": "Revenir sans payer",
        "refused": "Votre carte a été refusée. Essayez une autre carte.",
        "confirm": "Votre banque vous demande de confirmer ce paiement.",
        "yes": "Confirmer",
        "no": "Refuser",
        "over": "Cette page de paiement n’est plus valide.",
        "wrong": "Une erreur s’est produite.",
    },
    "en": {
        "lang": "en",
        "title": "Pay",
        "example": "Test page: no card is charged. 4242 4242 4242 4242 is accepted, 4000 0000 0000 0002 is refused, "
        "4000 0025 0000 3155 asks for a confirmation.",
        "number": "Card number",
        "until": "Expiry",
        "code": "Security code",
        "pay": "Pay",
        "back": "Go back without paying",
        "refused": "Your card was declined. Try another card.",
        "confirm": "Your bank asks you to confirm this payment.",
        "yes": "Confirm",
        "no": "Refuse",
        "over": "This page of payment is no longer valid.",
        "wrong": "Something went wrong.",
    },
}


def nested(pairs: Sequence[tuple[str, str]]) -> Object:
    """The fields of a form as Stripe writes them: a[b][0]=c is {"a": {"b": {"0": "c"}}}."""
    result: Object = {}
    for name, value in pairs:
        keys = [key for key in re.split(r"[\[\]]+", name) if key] or [name]
        place = result
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1] if not name.endswith("[]") else str(len(place))] = value
    return result


class Handler(BaseHTTPRequestHandler):
    """One request."""

    provider: PaymentProvider
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body leave together

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""

    def do_GET(self) -> None:  # noqa: N802
        self._route("GET", b"")

    def do_POST(self) -> None:  # noqa: N802
        self._route("POST", self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _route(self, method: str, body: bytes) -> None:
        parts = urlsplit(self.path)
        try:
            if parts.path == "/control":
                given = json.loads(body or b"{}") if method == "POST" else None
                self._json(200, self.provider.state() if given is None else self.provider.control(given))
            elif self.provider.controls.down:
                self._json(503, {"error": {"type": "api_error", "message": "Service unavailable"}})
            elif parts.path.startswith("/v1/"):
                self._api(method, parts.path.removeprefix("/v1/"), nested(parse_qsl(parts.query or body.decode())))
            elif parts.path.startswith("/c/pay/"):
                self._page(method, parts.path.removeprefix("/c/pay/"), dict(parse_qsl(body.decode())))
            else:
                self._json(
                    200 if parts.path in ("/", "/favicon.ico") else 404, {"stand-in": "payments", "control": "/control"}
                )
        except ApiError as refusal:
            self._json(refusal.status, refusal.body)

    # --- The API -------------------------------------------------------------------------------------------------

    def _api(self, method: str, path: str, given: Object) -> None:
        controls = self.provider.controls
        time.sleep(controls.slow)
        if not self.headers.get("Authorization", "").startswith(("Bearer sk_", "Bearer rk_")):
            raise ApiError("Invalid API Key provided", status=HTTPStatus.UNAUTHORIZED)
        expands = list(given.pop("expand", {}).values())
        if method == "GET":
            self._json(200, expanded(self._read(path, given), expands, self.provider))
            return

        def do() -> tuple[int, Object]:
            if controls.fail:
                return 500, _api_error()
            with self.provider.gesture():
                made = expanded(self._write(path, given), expands, self.provider)
            return (500, _api_error()) if controls.fail_after_charging == "500" else (200, made)

        key = self.headers.get("Idempotency-Key", "")
        asked = fingerprint(method, path, {**given, "expand": sorted(expands)})
        status, answer, again = self.provider.once(key, asked, do)
        if controls.fail_after_charging == "timeout":
            self._hang()
        else:
            self._json(status, answer, **({"Idempotent-Replayed": "true"} if again else {}))

    def _read(self, path: str, given: Object) -> Object:
        if path in PLURALS:
            with self.provider.lock:
                return listed(path, given, self.provider)
        plural, _slash, identifier = path.rpartition("/")
        if plural not in PLURALS:
            raise ApiError(f"Unrecognized request URL (GET: /v1/{path}).", status=HTTPStatus.NOT_FOUND)
        with self.provider.gesture():
            return self.provider.get(identifier, PLURALS[plural])

    def _write(self, path: str, given: Object) -> Object:
        provider = self.provider
        if path == "checkout/sessions":
            return provider.make_session(given)
        if path == "refunds":
            return provider.make_refund(given)
        if path == "payment_intents":
            intent = provider.make_intent(int(given["amount"]), given["currency"], given.get("metadata", {}))
            if given.get("confirm") == "true":
                provider.charge(intent, "4242")
            return intent
        if found := re.fullmatch(r"checkout/sessions/(\w+)/expire", path):
            return provider.expire_session(provider.get(found[1], "checkout.session"))
        raise ApiError(f"Unrecognized request URL (POST: /v1/{path}).", status=HTTPStatus.NOT_FOUND)

    # --- The page where one pays ---------------------------------------------------------------------------------

    def _page(self, method: str, identifier: str, fields: Mapping[str, str]) -> None:
        controls = self.provider.controls
        with self.provider.gesture():
            session = self.provider.get(identifier, "checkout.session")
        words = WORDS["en" if str(session["locale"]).startswith("en") else "fr"]
        if method == "GET":
            is_open = session["status"] == "open"
            self._html(200, words, pay_form(session, words, self.provider) if is_open else _p(words, "over"))
            return
        if controls.fail:
            self._html(500, words, _p(words, "wrong"))
            return
        with self.provider.gesture(wait=controls.webhook_before_redirect):
            if fields.get("confirm") == "no":
                self.provider.refuse_confirmation(session)
                outcome = "refused"
            else:
                card = re.sub(r"\D", "", fields.get("card", ""))
                outcome = self.provider.pay(session, card, confirmed=fields.get("confirm") == "yes")
        if outcome == "paid" and controls.fail_after_charging == "timeout":
            self._hang()
        elif outcome == "paid" and controls.fail_after_charging:
            self._html(500, words, _p(words, "wrong"))
        elif outcome == "paid":
            self.send_response(303)
            self.send_header("Location", session["success_url"])
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif outcome == "confirm":
            self._html(200, words, confirm_form(words, fields["card"]))
        elif outcome == "over":
            self._html(410, words, _p(words, "over"))
        else:
            self._html(200, words, pay_form(session, words, self.provider, why=words["refused"]))

    # --- Answers -------------------------------------------------------------------------------------------------

    def _hang(self) -> None:
        """Says nothing until the client goes away, or HANGS seconds passed."""
        self.close_connection = True
        self.connection.settimeout(HANGS)
        with suppress(OSError):
            self.connection.recv(1)

    def _json(self, status: int, content: object, **headers: str) -> None:
        self._answer(status, "application/json", json.dumps(content).encode(), headers)

    def _html(self, status: int, words: Mapping[str, str], body: str) -> None:
        page = PAGE.format(lang=words["lang"], title=words["title"], body=body)
        self._answer(status, "text/html; charset=utf-8", page.encode(), {})

    def _answer(self, status: int, kind: str, data: bytes, headers: Mapping[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            self.close_connection = True  # the client stopped waiting


def _api_error() -> Object:
    return {"error": {"type": "api_error", "message": "An unknown error occurred"}}


def _p(words: Mapping[str, str], name: str) -> str:
    return f"<h1>{words['title']}</h1><p>{words[name]}</p>"


def pay_form(session: Object, words: Mapping[str, str], provider: PaymentProvider, why: str = "") -> str:
    """The form that asks for a card."""
    dollars = f"{session['amount_total'] / 100:.2f}"
    amount = f"${dollars}" if words is WORDS["en"] else dollars.replace(".", ",") + "\u00a0$"
    names = "".join(f"<p>{html.escape(name)}</p>" for name in provider.private[session["id"]]["names"])
    refused = f'<p class="why" role="alert">{why}</p>' if why else ""
    back = session["cancel_url"]
    link = f'<p><a href="{html.escape(back)}">{words["back"]}</a></p>' if back else ""
    return (
        f"<h1>{words['title']} {amount}</h1>{names}{refused}<form method='post'>"
        f"<label>{words['number']}<input name='card' inputmode='numeric' autocomplete='off' required></label>"
        f"<label>{words['until']}<input name='until' placeholder='12/34'></label>"
        f"<label>{words['code']}<input name='code' placeholder='123'></label>"
        f"<button>{words['pay']}</button></form>{link}<p><small>{words['example']}</small></p>"
    )


def confirm_form(words: Mapping[str, str], card: str) -> str:
    """What the bank of a card asks its holder."""
    kept = f"<input type='hidden' name='card' value='{html.escape(card)}'>"
    return (
        f"<h1>{words['title']}</h1><p>{words['confirm']}</p><form method='post'>{kept}"
        f"<button name='confirm' value='yes'>{words['yes']}</button>"
        f"<button name='confirm' value='no'>{words['no']}</button></form>"
    )


def listed(path: str, given: Object, provider: PaymentProvider) -> Object:
    """A page of a list, the latest first: `limit`, `starting_after`, `created`, and the fields of FILTERS."""
    rows = [one for one in reversed(list(provider.objects.values())) if one["object"] == PLURALS[path]]
    for name in FILTERS:
        if name in given:
            rows = [one for one in rows if one.get(name) == given[name]]
    rows = [one for one in rows if _within(one["created"], given.get("created", {}))]
    if after := given.get("starting_after"):
        ids = [one["id"] for one in rows]
        rows = rows[ids.index(after) + 1 :] if after in ids else []
    limit = min(MOST_LISTED, int(given.get("limit", 10)))
    return {"object": "list", "url": f"/v1/{path}", "has_more": len(rows) > limit, "data": rows[:limit]}


def _within(moment: int, bounds: Mapping[str, str]) -> bool:
    return (
        moment >= int(bounds.get("gte", 0))
        and moment > int(bounds.get("gt", -1))
        and moment <= int(bounds.get("lte", 1 << 60))
        and moment < int(bounds.get("lt", 1 << 60))
    )


def expanded(answer: Object, paths: Sequence[str], provider: PaymentProvider) -> Object:
    """A copy of an answer in which the identifiers at these paths are replaced by their objects."""
    copied: Object = json.loads(json.dumps(answer))
    for path in paths:
        rows = copied["data"] if path.startswith("data.") else [copied]
        for row in rows:
            _expand(row, path.removeprefix("data.").split("."), provider)
    return copied


def _expand(row: Object, names: Sequence[str], provider: PaymentProvider) -> None:
    for name in names:
        if isinstance(row.get(name), str) and row[name] in provider.objects:
            row[name] = json.loads(json.dumps(provider.objects[row[name]]))
        if not isinstance(row.get(name), dict):
            return
        row = row[name]


def server_of(provider: PaymentProvider) -> ThreadingHTTPServer:
    """The HTTP server of an account, on a free port by default; `serve_forever` is the caller's."""
    server = ThreadingHTTPServer(("127.0.0.1", provider.port), type("OfAccount", (Handler,), {"provider": provider}))
    server.daemon_threads = True
    provider.port = server.server_port
    return server


@contextmanager
def running(provider: PaymentProvider) -> Iterator[PaymentProvider]:
    """The account, served on a port of this machine for the block."""
    server = server_of(provider)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()


def serve(port: int, hook: str, controls: Mapping[str, Any]) -> None:
    """Serves until interrupted."""
    provider = PaymentProvider(port=port, hook=hook)
    provider.control(controls)
    server = server_of(provider)
    print(f"Payments, for tests only: http://127.0.0.1:{provider.port}; webhooks: {hook or 'none'}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
