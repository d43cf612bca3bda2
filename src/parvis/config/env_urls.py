"""How the values of the environment that are more than a word or a number are read, and refused.

A function that needs other settings takes `above`, those declared above its own that are valid.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.http import is_same_domain

T = TypeVar("T")
Above = Mapping[str, Any]
WEBHOOK_PROVIDERS = ("brevo", "mailjet", "postmark", "sendgrid", "sparkpost")  # those that sign in by user and password
STANDIN_GRAPH, STANDIN_APP, STANDIN_VERIFY = "http://127.0.0.1:8998", "standin:secret of the stand-in", "stand-in"
STANDIN_STRIPE_KEY, STANDIN_STRIPE_SECRET = "sk_test_standin", "whsec_standin"
MOST_RECALLS, LONGEST_WAIT = 2, 24 * 60  # of a missed call; minutes before one
TEXTS_A_DAY = {"code": 300, "warning": 200, "request": 1500, "agent": 500, "notice": 20_000}
"""Parts of each kind of texts in a day (`telephony.rules.sending`), unless PARVIS_TEXTS_A_DAY says otherwise."""
SHORTEST_KEY = 50  # characters
PREPARED_AT = 5  # executions of a statement before psycopg prepares it
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]", "::1", "testserver")
_HOST = r"\*|\.?[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*|\[[0-9a-fA-F:.]+\]"
# Checkpoint the WAL every 16 MB of writes rather than 4, so that a page many cases write is copied back less often.
_SQLITE = {"journal_mode": "WAL", "synchronous": "FULL", "cache_size": "-6000", "wal_autocheckpoint": "4000"}


def masked(url: str) -> str:
    """The text without the passwords of the addresses in it, to be shown."""
    return re.sub(r"(://[^:/@\s]*:)(?:.*(?=@)|(?!\d*(?:[/?#]|$)).*)", r"\1***", url)


def _split(url: str, name: str) -> SplitResult:
    """The parts of the URL in the variable `name`, whose port is a number.

    ImproperlyConfigured, in words, for a user or a password that is not percent-encoded, or a port that cannot be.
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # a bracket
        parts = urlsplit("")
    user, _at, _host = parts.netloc.rpartition("@")
    if "@" in user or ("@" in url and not user) or re.search(r"%(?![0-9A-Fa-f]{2})|\s", user):
        raise ImproperlyConfigured(
            f"The user and the password of {name} must be percent-encoded: @ is %40, : is %3A, / is %2F, # is %23, "
            "? is %3F, % is %25."
        )
    try:
        _port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"The port of {name} must be a whole number up to 65535.") from error
    return parts


def _unless(wrong: Sequence[str], value: T) -> T:
    """The value; ImproperlyConfigured with what is wrong, a line each, when something is."""
    if wrong:
        raise ImproperlyConfigured("\n".join(wrong))
    return value


def frozen_moment(moment: str, above: Above) -> str:
    """The moment at which the clock is frozen; "" when it runs."""
    if moment and not above.get("PARVIS_DEMO"):
        raise ImproperlyConfigured("PARVIS_NOW freezes the clock: it is accepted only with PARVIS_DEMO=1.")
    return moment


def secret_key(key: str, above: Above) -> str:
    """The key that signs sessions and links; "" is for a demonstration."""
    if not above.get("PARVIS_DEMO") and len(key) < SHORTEST_KEY:
        raise ImproperlyConfigured(
            f"PARVIS_SECRET_KEY must hold at least {SHORTEST_KEY} characters, not {len(key)}: openssl rand -base64 48"
        )
    return key


def hosts(text: str, above: Above) -> list[str]:
    """The names of hosts of "a.example, b.example": this machine's alone in a demonstration, one at least otherwise."""
    demo, names = above.get("PARVIS_DEMO"), [host.strip() for host in text.split(",") if host.strip()]
    wrong = [
        f"PARVIS_HOSTS holds names alone, without https://, port or path: not {host!r}."
        for host in names
        if not re.fullmatch(_HOST, host)
    ]
    if demo and not all(host in _LOOPBACK for host in names):
        wrong.append("PARVIS_DEMO=1 opens every account: it is refused when PARVIS_HOSTS names a public host.")
    if not demo and not names:
        wrong.append("PARVIS_HOSTS must name the hosts served, such as service.ville.example.")
    return _unless(wrong, names)


def site(address: str, above: Above) -> str:
    """The address of the site, in https, on one of PARVIS_HOSTS; a demonstration may have none."""
    demo, served = above.get("PARVIS_DEMO"), above.get("PARVIS_HOSTS", [])
    if not address:
        return _unless(
            [] if demo else ["PARVIS_URL must be the address of the site, such as https://service.ville.example."], ""
        )
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise ImproperlyConfigured(
            f"PARVIS_URL must be an address such as https://service.ville.example, not {masked(address)!r}."
        )
    wrong = []
    if parts.path.strip("/") or parts.query or parts.fragment:
        wrong.append(f"PARVIS_URL ends after its host: {parts.scheme}://{parts.netloc}, not {address!r}.")
    if parts.scheme == "http" and not demo and host not in _LOOPBACK:
        wrong.append(f"PARVIS_URL must begin with https://, not http://: https://{parts.netloc}.")
    written = f"[{host}]" if ":" in host else host
    if served and not any(name == "*" or is_same_domain(written, name.lower()) for name in served):
        wrong.append(f"PARVIS_URL is outside PARVIS_HOSTS: {written} is not one of {', '.join(served)}.")
    return _unless(wrong, address)


def mail_server(url: str, name: str = "PARVIS_SMTP_URL") -> dict[str, Any]:
    """Django's EMAIL_* settings for an smtp://, smtp+tls:// or smtps:// URL, the value of `name`; {} for "".

    The user and the password are percent-encoded, as in any URL. ImproperlyConfigured for an invalid URL.
    """
    if not url:
        return {}
    parts = _split(url, name)
    if parts.scheme not in ("smtp", "smtp+tls", "smtps"):
        raise ImproperlyConfigured(f"{name} must begin with smtp://, smtp+tls:// or smtps://.")
    return {
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 20,
    }


def outgoing_server(url: str, above: Above) -> dict[str, Any]:
    """The server that sends the mail, which a real town must name."""
    if not url and not above.get("PARVIS_DEMO"):
        raise ImproperlyConfigured(
            "PARVIS_SMTP_URL must say which server sends the mail: smtp+tls://user:password@host:587."
        )
    return mail_server(url)


def mailbox_passwords(text: str) -> dict[str, str]:
    """The passwords of "info=secret loisirs=other", by mailbox; ImproperlyConfigured for anything else."""
    result = {}
    for word in text.split():
        slug, _, password = word.partition("=")
        if not slug or not password:
            raise ImproperlyConfigured("PARVIS_MAIL_PASSWORDS must be <mailbox>=<password>, separated by spaces.")
        result[slug] = unquote(password)
    return result


def mail_listener(address: str) -> str:
    """The address where the town's mail server delivers; "" for none."""
    parts = urlsplit(address)
    if address and (parts.scheme not in ("lmtp", "smtp") or not parts.hostname):
        raise ImproperlyConfigured("PARVIS_MAIL_LISTEN must be an address such as lmtp://127.0.0.1:2424.")
    return address


def webhook_secret(secret: str, above: Above) -> str:
    """What the provider of PARVIS_MAIL_WEBHOOK gives to be known."""
    provider, wrong = above["PARVIS_MAIL_WEBHOOK"], []
    if provider and provider not in WEBHOOK_PROVIDERS:
        wrong.append(f"PARVIS_MAIL_WEBHOOK must be one of {', '.join(WEBHOOK_PROVIDERS)}.")
    if provider and ":" not in secret:
        wrong.append("PARVIS_MAIL_WEBHOOK_SECRET must be user:password: without it anybody could write to the town.")
    return _unless(wrong, secret)


def text_provider(url: str, name: str = "PARVIS_TEXTS_URL") -> dict[str, str]:
    """The provider of text messages: {base, account, token, sender}; {} for an empty URL, without a provider.

    ImproperlyConfigured, naming the variable `name`, for an invalid URL. twilio+http:// is not encrypted: this machine
    only, for the tests.
    """
    if not url:
        return {}
    parts = _split(url, name)
    host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""
    schemes = {"twilio": "https"} | ({"twilio+http": "http"} if parts.hostname in ("127.0.0.1", "localhost") else {})
    query = dict(parse_qsl(parts.query))
    sender, account, token = query.pop("from", ""), unquote(parts.username or ""), unquote(parts.password or "")
    known = re.fullmatch(r"\+\d{6,15}|\d{3,8}|MG\w{6,40}", sender)
    if parts.scheme not in schemes or not (host and account and token and known) or query or parts.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must be twilio://SID:TOKEN@api.twilio.com?from=%2B15145550100.")
    return {"base": f"{schemes[parts.scheme]}://{host}", "account": account, "token": token, "sender": sender}


def texts_a_day(text: str) -> dict[str, int]:
    """The parts of texts of a day by kind, of "code=300 request=1500"; the kinds not named have their default.

    ImproperlyConfigured for anything else.
    """
    given = dict[str, str](word.split("=", 1) for word in text.split() if "=" in word)
    wrong = [word for word in text.split() if "=" not in word]
    wrong += [f"{kind}={parts}" for kind, parts in given.items() if kind not in TEXTS_A_DAY or not parts.isdecimal()]
    if wrong:
        raise ImproperlyConfigured(
            f"PARVIS_TEXTS_A_DAY: {wrong[0]} is not a kind and its parts; kinds: {', '.join(TEXTS_A_DAY)}."
        )
    return TEXTS_A_DAY | {kind: int(parts) for kind, parts in given.items()}


def texts_price(text: str) -> Decimal | None:
    """The cents of one part of a text; None for "". ImproperlyConfigured for what is no amount."""
    if not text:
        return None
    if not re.fullmatch(r"\d{1,4}(?:[.,]\d{1,4})?", text):
        raise ImproperlyConfigured("PARVIS_TEXTS_PRICE must be an amount in cents, such as 1.1.")
    return Decimal(text.replace(",", "."))


def voice_provider(url: str) -> dict[str, str]:
    """The provider of phone calls: {base, account, token, sender}; {} for an empty URL, without a provider.

    ImproperlyConfigured for an invalid URL, or a sender that is no phone number.
    """
    found = text_provider(url, "PARVIS_VOICE_URL")
    if found and not found["sender"].startswith("+"):
        raise ImproperlyConfigured("The sender of PARVIS_VOICE_URL must be a phone number: from=%2B15145550100.")
    return found


def voice_recalls(text: str) -> tuple[int, ...]:
    """The minutes before each recall of "5 10"; () for "none". ImproperlyConfigured for more than two, or under 1."""
    words = text.split()
    if text == "none":
        return ()
    if not 0 < len(words) <= MOST_RECALLS or not all(
        word.isdecimal() and 0 < int(word) <= LONGEST_WAIT for word in words
    ):
        raise ImproperlyConfigured("PARVIS_VOICE_RECALLS must be none, or one or two numbers of minutes: 5 10.")
    return tuple(int(word) for word in words)


def voice_hours(text: str) -> tuple[tuple[time, time], ...]:
    """The hours of calls of "9:00-21:30 10:00-18:00": from Monday to Friday, then on Saturday and Sunday.

    ImproperlyConfigured for anything else.
    """
    spans = []
    for word in text.split():
        try:
            start, end = (datetime.strptime(part, "%H:%M").time() for part in word.split("-"))
        except ValueError as error:
            raise ImproperlyConfigured(f"PARVIS_VOICE_HOURS: {word} is not hours such as 9:00-21:30.") from error
        if start >= end:
            raise ImproperlyConfigured(f"PARVIS_VOICE_HOURS: {word} ends before it begins.")
        spans.append((start, end))
    if len(spans) != len(("week", "week-end")):
        raise ImproperlyConfigured("PARVIS_VOICE_HOURS must be the hours of the week, then those of the week-end.")
    return tuple(spans)


def facebook(app: str, above: Above) -> dict[str, str]:
    """How Facebook is called and recognised: {base, app_id, secret, verify}; without an app, nothing it sends is taken.

    In the demonstration, the stand-in of this machine by default. ImproperlyConfigured for an invalid setting.
    """
    demo = above.get("PARVIS_DEMO")
    base = (above["PARVIS_GRAPH_URL"] or (STANDIN_GRAPH if demo else "https://graph.facebook.com")).rstrip("/")
    app_id, _colon, secret = (app or (STANDIN_APP if demo else "")).partition(":")
    parts = urlsplit(base)
    local = demo and parts.hostname in ("127.0.0.1", "localhost")
    if not parts.hostname or parts.query or parts.scheme not in (("https", "http") if local else ("https",)):
        raise ImproperlyConfigured("PARVIS_GRAPH_URL must be an https address, such as https://graph.facebook.com.")
    if bool(app_id) != bool(secret):
        raise ImproperlyConfigured("PARVIS_FACEBOOK_APP must be id:secret.")
    if not re.fullmatch(r"v\d{1,3}\.\d", above["PARVIS_GRAPH_VERSION"]):
        raise ImproperlyConfigured("PARVIS_GRAPH_VERSION must be a version, such as v26.0.")
    verify = above["PARVIS_FACEBOOK_VERIFY"] or (STANDIN_VERIFY if demo else "")
    return {"base": base, "app_id": app_id, "secret": secret, "verify": verify}


def stripe(url: str, above: Above) -> dict[str, Any]:
    """How Stripe is called and recognised: {base, key, secrets}; empty when nobody pays on line.

    In the demonstration, without a key, the stand-in that listens on the port after $PORT: `base` is then "" unless it
    is given. ImproperlyConfigured for an invalid setting.
    """
    demo, chosen = above.get("PARVIS_DEMO"), above.get("PARVIS_PAYMENTS", "")
    if chosen == "none" or not (chosen or demo):
        return {}
    standin = demo and not above["PARVIS_STRIPE_KEY"]
    key = above["PARVIS_STRIPE_KEY"] or (STANDIN_STRIPE_KEY if demo else "")
    secrets = above["PARVIS_STRIPE_WEBHOOK_SECRETS"].split() or ([STANDIN_STRIPE_SECRET] if standin else [])
    parts = urlsplit(url or "https://api.stripe.com")
    local = demo and parts.hostname in ("127.0.0.1", "localhost")
    if not parts.hostname or parts.query or parts.scheme not in (("https", "http") if local else ("https",)):
        raise ImproperlyConfigured("PARVIS_STRIPE_URL must be an https address, such as https://api.stripe.com.")
    wrong = []
    if not key.startswith(("sk_", "rk_")):
        wrong.append("PARVIS_STRIPE_KEY must be the secret key of an account at Stripe: sk_..., or rk_...")
    if not secrets or not all(secret.startswith("whsec_") for secret in secrets):
        wrong.append("PARVIS_STRIPE_WEBHOOK_SECRETS must be the signing secrets of the webhook: whsec_... whsec_...")
    base = url.rstrip("/") or ("" if standin else "https://api.stripe.com")
    return _unless(wrong, {"base": base, "key": key, "secrets": secrets})


def database(url: str, data: Path) -> dict[str, Any]:
    """A Django database: SQLite with full durability and a fair write lock, or PostgreSQL with prepared statements.

    Use `?prepare=off` with a pooler that does not support prepared statements. ImproperlyConfigured for another kind.
    """
    if url and not url.startswith("sqlite:///"):
        parts = _split(url, "DATABASE_URL")
        if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
            raise ImproperlyConfigured(
                "DATABASE_URL must be postgres://user:password@host:port/name; leave it out for SQLite in PARVIS_DATA."
            )
        result: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True))
        result["ENGINE"] = "parvis.lib.database.postgresql"
        options = result.setdefault("OPTIONS", {})
        if options.pop("prepare", "") != "off":
            options["prepare_threshold"] = PREPARED_AT
        return result
    return {
        "ENGINE": "parvis.lib.database.sqlite",
        "NAME": url.removeprefix("sqlite:///") or str(data / "parvis.sqlite3"),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "; ".join(f"PRAGMA {name}={value}" for name, value in _SQLITE.items()),
        },
    }


def files_secret(secret: str, above: Above) -> str:
    """The secret of PARVIS_FILES_KEY: both are given, or neither."""
    if bool(secret) != bool(above["PARVIS_FILES_KEY"]):
        raise ImproperlyConfigured("PARVIS_FILES_KEY and PARVIS_FILES_SECRET go together.")
    return secret


def received_storage(url: str, above: Above) -> dict[str, Any]:
    """The storage of received files: a folder of PARVIS_DATA, or the S3-compatible bucket of PARVIS_FILES_URL.

    Objects are private: only the service reads them, with its own keys. ImproperlyConfigured for an invalid URL.
    """
    if not url:
        folder = {"location": str(above["PARVIS_DATA"] / "received")}
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": folder}
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    endpoint = query.pop("endpoint", "")
    region = query.pop("region", "")
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc or query:
        raise ImproperlyConfigured(
            "PARVIS_FILES_URL must be s3://bucket/folder?endpoint=https://...&region=..., without any key in it."
        )
    if endpoint and urlsplit(endpoint).scheme not in ("http", "https"):
        raise ImproperlyConfigured("The endpoint of PARVIS_FILES_URL must begin with https:// or http://.")
    return {
        "BACKEND": "parvis.apps.files.rules.bucket.Bucket",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": parts.path.strip("/"),
            "endpoint_url": endpoint or None,
            "region_name": region or None,
            "access_key": above["PARVIS_FILES_KEY"] or None,
            "secret_key": above.get("PARVIS_FILES_SECRET") or None,
            "addressing_style": "path" if endpoint else "auto",
        },
    }


def embedding_origins(text: str, *, demo: bool = False) -> list[str]:
    """The origins, separated by spaces, of the sites that may show our pages in a frame: https://ville.example.

    ImproperlyConfigured for anything else: a path, a wildcard, a password, http (but on this machine, in demo).
    """
    origins = []
    for origin in text.split():
        url = urlsplit(origin)
        loopback = demo and url.hostname in ("localhost", "127.0.0.1")
        plain = re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?", url.netloc)
        if not plain or url.path.strip("/") or url.query or url.fragment:
            raise ImproperlyConfigured(
                f"PARVIS_EMBED_ORIGINS: {origin} must be an origin, such as https://ville.example."
            )
        if url.scheme != "https" and not (loopback and url.scheme == "http"):
            raise ImproperlyConfigured(f"PARVIS_EMBED_ORIGINS: {origin} must begin with https://.")
        origins.append(f"{url.scheme}://{url.netloc.lower()}")
    return origins


def map_tiles_host(template: str) -> list[str]:
    """The origin of a template of tiles, for the security policy; none when it is empty.

    ImproperlyConfigured when it is not an https address (or one of this machine) that holds {z}, {x} and {y}.
    """
    if not template:
        return []
    url = urlsplit(template)
    loopback = url.hostname in ("localhost", "127.0.0.1")
    if not url.netloc or url.scheme not in (("http", "https") if loopback else ("https",)):
        raise ImproperlyConfigured("PARVIS_MAP_TILES must begin with https:// and a host.")
    if missing := [part for part in ("{z}", "{x}", "{y}") if part not in url.path + url.query]:
        raise ImproperlyConfigured(f"PARVIS_MAP_TILES lacks {', '.join(missing)}.")
    if not re.fullmatch(r"[A-Za-z0-9.:-]+", url.netloc):
        raise ImproperlyConfigured("PARVIS_MAP_TILES must hold no password and no other sign in its host.")
    return [f"{url.scheme}://{url.netloc}"]
