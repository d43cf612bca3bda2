"""The environment variables that set up Parvis: what each means, and what prevents a start.

Each is declared in `ENVIRONMENT` with its default and its meaning; a test compares it with `docs/run/settings.md`. An
undeclared PARVIS_ variable prevents the start, so that a typo is not silent.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured
from django.utils.http import is_same_domain

from parvis.config import DATA
from parvis.config.env_urls import (
    TEXTS_A_DAY,
    WEBHOOK_PROVIDERS,
    database,
    embedding_origins,
    facebook,
    mail_problems,
    mail_server,
    mailbox_passwords,
    map_tiles_host,
    masked,
    received_storage,
    text_provider,
    texts_a_day,
    texts_price,
    voice_hours,
    voice_provider,
    voice_recalls,
)

ENVIRONMENT: dict[str, tuple[str, str]] = {
    "DATABASE_URL": ("", "database; empty: SQLite in PARVIS_DATA. postgres://user:password@host:port/name"),
    "PARVIS_DATA": (DATA, "folder of the database, the files received and the keys"),
    "PARVIS_DEMO": ("0", "1: sample accounts, /dev/ pages, choice of role without a second factor. Loopback only"),
    "PARVIS_NOW": ("", "freezes the clock at this ISO 8601 moment; demo only"),
    "PARVIS_TIME_ZONE": ("America/Toronto", "time zone of the town: its days, its hours, its promises"),
    "PARVIS_SECRET_KEY": ("", "secret that signs sessions and links; at least 50 characters. Required outside demo"),
    "PARVIS_HOSTS": ("", "host names served, separated by commas. Required outside demo"),
    "PARVIS_URL": ("", "address of the site as citizens see it, https://... Required outside demo"),
    "PARVIS_PROXY": ("0", "1: a reverse proxy sets X-Forwarded-Proto and X-Forwarded-For, and they may be trusted"),
    "PARVIS_SMTP_URL": (
        "",
        "smtp://user:password@host:port, smtp+tls:// (STARTTLS) or smtps://. Empty in demo: /dev/mail/",
    ),
    "PARVIS_MAIL_FROM": ("", "sender of every message, Name <address>. Empty: the town's address"),
    "PARVIS_MAIL_SUBADDRESSES": (
        "",
        "1: answers come to info+<request>@..., delivery reports to info+<letter>@..., which the mail server must "
        "deliver to info@... (RFC 5233); 0: to the town's address. Empty: 1 in demo, otherwise 0",
    ),
    "PARVIS_MAIL_PASSWORDS": (
        "",
        "passwords of the mailboxes of mailboxes.yaml: info=secret loisirs=other, percent-encoded, separated by spaces",
    ),
    "PARVIS_MAIL_LISTEN": (
        "",
        "where the town's mail server delivers: lmtp://127.0.0.1:2424, or smtp://. Empty: nowhere",
    ),
    "PARVIS_MAIL_WEBHOOK": (
        "",
        "provider that delivers to /hooks/mail/<provider>/inbound/: " + ", ".join(WEBHOOK_PROVIDERS),
    ),
    "PARVIS_MAIL_WEBHOOK_SECRET": ("", "user:password that this provider gives (HTTP basic authentication)"),
    "PARVIS_ALARM_SMTP_URL": (
        "",
        "another mail server, for the alarms about mail: in the form of PARVIS_SMTP_URL. Empty: the same one",
    ),
    "PARVIS_NEWSLETTER_RATE": ("150", "letters of the newsletter a second at most; 0: no limit"),
    "PARVIS_NEWSLETTER_DOMAIN_RATE": ("75", "letters of the newsletter a second to one recipient domain; 0: no limit"),
    "PARVIS_DKIM_SELECTOR": ("", "selector of the key by which the town's mail server signs (DKIM), to check it"),
    "PARVIS_DNS_SERVER": ("", "name server asked about SPF, DKIM and DMARC, host or host:port. Empty: the machine's"),
    "PARVIS_TEXTS_URL": (
        "",
        "provider of text messages, twilio://SID:TOKEN@api.twilio.com?from=%2B15145550100. Empty: none; in demo, "
        "/dev/texts/",
    ),
    "PARVIS_TEXTS_A_DAY": (
        " ".join(f"{kind}={parts}" for kind, parts in TEXTS_A_DAY.items()),
        "parts of texts that the town pays for in a day, by kind, separated by spaces; a kind not named keeps its own. "
        "Alerts of health and safety have none",
    ),
    "PARVIS_TEXTS_PRICE": (
        "",
        "cents that the provider asks for a part, such as 1.1, to estimate the cost. Empty: none",
    ),
    "PARVIS_VOICE_URL": (
        "",
        "provider of phone calls, twilio://SID:TOKEN@api.twilio.com?from=%2B15145550100. Empty: none; in demo, "
        "/dev/calls/",
    ),
    "PARVIS_VOICE_LINES": ("30", "calls that ring or speak at once, at most"),
    "PARVIS_VOICE_RECALLS": (
        "5 10",
        "minutes before a missed call is placed again, then again: two numbers at most; none: it is not",
    ),
    "PARVIS_VOICE_RECALL_MACHINES": ("0", "1: also after an answering machine took the message"),
    "PARVIS_VOICE_HOURS": (
        "9:00-21:30 10:00-18:00",
        "hours of calls, from Monday to Friday, then on Saturday and Sunday. An emergency is told at any hour",
    ),
    "PARVIS_EMERGENCY_DECIDERS": (
        "manager",
        "roles that publish an emergency without a second person, separated by spaces; nobody: none of them",
    ),
    "PARVIS_PUSH_SERVICES": (
        "fcm.googleapis.com updates.push.services.mozilla.com web.push.apple.com *.push.apple.com *.notify.windows.com",
        "hosts of the push services that notices may be sent to, separated by spaces; *. covers the names under one",
    ),
    "PARVIS_GRAPH_VERSION": ("v26.0", "version of Facebook's Graph API that is asked for"),
    "PARVIS_GRAPH_URL": (
        "",
        "address of that API. Empty: https://graph.facebook.com; in demo, `parvis standin facebook`",
    ),
    "PARVIS_FACEBOOK_APP": ("", "id:secret of the town's app at Meta; the secret checks what Facebook sends"),
    "PARVIS_FACEBOOK_VERIFY": ("", "words chosen by the town, repeated in the form of Meta's webhooks"),
    "PARVIS_FILES_URL": (
        "",
        "where received files are kept; empty: the folder received of PARVIS_DATA. "
        "s3://bucket/folder?endpoint=https://...&region=...",
    ),
    "PARVIS_FILES_KEY": ("", "access key of that bucket; empty: the machine's own (AWS_*, or its role)"),
    "PARVIS_FILES_SECRET": ("", "secret key of that bucket"),
    "PARVIS_CLAMAV": (
        "",
        "socket of ClamAV, host:port or unix:/path, asked about each received file. Empty: not asked",
    ),
    "PARVIS_MAP_TILES": (
        "",
        "tiles of another server for the map, https://host/{z}/{x}/{y}.mvt (Protomaps schema) or .png; empty: "
        "map.pmtiles of PARVIS_DATA, or the town's own layers",
    ),
    "PARVIS_MAP_CREDIT": ("", "what the map says of the source of its tiles; empty: © OpenStreetMap"),
    "PARVIS_EMBED_ORIGINS": (
        "",
        "sites that may show the question box and the request form in a frame: https://ville.example, separated by "
        "spaces. Empty: none",
    ),
    "PARVIS_PANEL_NOTICE_DAYS": ("10", "working days that a local body gives before its message on the panels"),
    "PARVIS_PANEL_YEARLY": ("4", "messages of one local body on the panels in a calendar year"),
    "PARVIS_ENCODER": ("use", "what compares meanings: use (the sentence encoder), none, or the path of a class"),
    "PARVIS_LOG_FORMAT": ("json", "json or plain"),
    "PARVIS_LOG_LEVEL": ("INFO", "DEBUG, INFO, WARNING or ERROR"),
    "PARVIS_WEB_WORKERS": ("2", "web server processes"),
    "PARVIS_WEB_THREADS": ("", "threads in each of them; empty: 1 on SQLite, 4 on PostgreSQL"),
    "PARVIS_JOB_WORKERS": ("1", "background worker processes, as many for the urgent jobs as for the others"),
    "PARVIS_JOB_RETRY": (
        "60",
        "seconds after which a job that was not acknowledged is given again, or a letter that a dead process held",
    ),
}
_SECRETS = ("PARVIS_MAIL_PASSWORDS", "PARVIS_FACEBOOK_APP")  # never shown, of those read as a whole
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]", "::1", "testserver")
_CHOICES = {
    **dict.fromkeys(("PARVIS_DEMO", "PARVIS_PROXY", "PARVIS_VOICE_RECALL_MACHINES"), ("0", "1")),
    "PARVIS_MAIL_SUBADDRESSES": ("", "0", "1"),
    "PARVIS_LOG_FORMAT": ("json", "plain"),
    "PARVIS_LOG_LEVEL": ("DEBUG", "INFO", "WARNING", "ERROR"),
}
_ABOVE_ZERO = (
    "PARVIS_WEB_WORKERS",
    "PARVIS_WEB_THREADS",
    "PARVIS_JOB_WORKERS",
    "PARVIS_JOB_RETRY",
    "PARVIS_VOICE_LINES",
)
_WHOLE = ("PARVIS_PANEL_NOTICE_DAYS", "PARVIS_PANEL_YEARLY", "PARVIS_NEWSLETTER_RATE", "PARVIS_NEWSLETTER_DOMAIN_RATE")
_FORMS = {
    "PARVIS_DNS_SERVER": (r"[\w.:-]+", "must be host or host:port"),
    "PARVIS_CLAMAV": (r"unix:/.+|[^:/\s]+:[0-9]{1,5}", "must be host:port or unix:/path"),
    "PARVIS_ENCODER": (r"use|none|.*\..*", "must be use, none, or the dotted path of a class"),
}
_HOST = r"\*|\.?[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*|\[[0-9a-fA-F:.]+\]"
SHORTEST_KEY = 50  # characters


def read(environ: Mapping[str, str]) -> dict[str, str]:
    """The declared variables with their values, or their defaults."""
    return {name: environ.get(name, "").strip() or default for name, (default, _) in ENVIRONMENT.items()}


def checked(environ: Mapping[str, str]) -> dict[str, str]:
    """As `read`; ImproperlyConfigured names every problem that prevents the start, a line each."""
    env = read(environ)
    if wrong := unknown(environ) + problems(env):
        lines = "\n- ".join([f"Parvis cannot start, {len(wrong)} to mend (docs/run/settings.md):", *wrong])
        raise ImproperlyConfigured(lines)
    return env


def unknown(environ: Mapping[str, str]) -> list[str]:
    """An error for each undeclared PARVIS_ variable, with the nearest declared one."""
    result = []
    for name in sorted(name for name in environ if name.startswith("PARVIS_") and name not in ENVIRONMENT):
        close = get_close_matches(name, ENVIRONMENT, n=1)
        result.append(f"{name} is no setting{f'; did you mean {close[0]}?' if close else '.'}")
    return result


def problems(env: Mapping[str, str]) -> list[str]:
    """Errors that prevent the start, one sentence each; empty when the settings are valid. No secret is in them."""
    wrong = {
        name: f"must be {' or '.join(filter(None, values))}"
        for name, values in _CHOICES.items()
        if env[name] not in values
    }
    wrong |= {
        name: "must be a whole number above 0" for name in _ABOVE_ZERO if not re.fullmatch(r"0*[1-9]\d*|", env[name])
    }
    wrong |= {name: "must be a whole number" for name in _WHOLE if not env[name].isdecimal()}
    wrong |= {name: words for name, (form, words) in _FORMS.items() if env[name] and not re.fullmatch(form, env[name])}
    if env["PARVIS_TIME_ZONE"] not in available_timezones():
        wrong["PARVIS_TIME_ZONE"] = "must be the name of a time zone, such as America/Toronto"
    result = [f"{name} {words}, not {env[name]!r}." for name, words in wrong.items()]
    if bool(env["PARVIS_FILES_KEY"]) != bool(env["PARVIS_FILES_SECRET"]):
        result.append("PARVIS_FILES_KEY and PARVIS_FILES_SECRET go together.")
    demo = env["PARVIS_DEMO"] == "1"
    result += _unreadable(env, demo=demo) + mail_problems(env)
    hosts = [host.strip() for host in env["PARVIS_HOSTS"].split(",") if host.strip()]
    result += _wrong_address(env["PARVIS_URL"], hosts, demo=demo)
    return result + (_open_demo(hosts) if demo else _lacking(env, hosts))


def _unreadable(env: Mapping[str, str], *, demo: bool) -> list[str]:
    """Errors in the settings that are read as a whole: addresses, hours, lists; each with what was given."""
    readers: dict[str, Callable[[str], object]] = {
        "DATABASE_URL": lambda url: database(url, Path()),
        "PARVIS_SMTP_URL": lambda url: url and mail_server(url),
        "PARVIS_ALARM_SMTP_URL": lambda url: url and mail_server(url, "PARVIS_ALARM_SMTP_URL"),
        "PARVIS_MAIL_PASSWORDS": mailbox_passwords,
        "PARVIS_FILES_URL": lambda _url: received_storage(env, Path()),
        "PARVIS_TEXTS_URL": text_provider,
        "PARVIS_TEXTS_A_DAY": texts_a_day,
        "PARVIS_TEXTS_PRICE": texts_price,
        "PARVIS_VOICE_URL": voice_provider,
        "PARVIS_VOICE_RECALLS": voice_recalls,
        "PARVIS_VOICE_HOURS": voice_hours,
        "PARVIS_FACEBOOK_APP": lambda _app: facebook(env),
        "PARVIS_MAP_TILES": map_tiles_host,
        "PARVIS_EMBED_ORIGINS": lambda origins: embedding_origins(origins, demo=demo),
    }
    result = []
    for name, reads in readers.items():
        try:
            reads(env[name])
        except ImproperlyConfigured as error:
            given = "" if name in _SECRETS or not env[name] else f" Given: {masked(env[name])}"
            result.append(f"{error}{given}")
    return result


def _wrong_address(address: str, hosts: Sequence[str], *, demo: bool) -> list[str]:
    """Errors of PARVIS_HOSTS and of PARVIS_URL, which is one of them."""
    bad = [host for host in hosts if not re.fullmatch(_HOST, host)]
    result = [f"PARVIS_HOSTS holds names alone, without https://, port or path: not {host!r}." for host in bad]
    if not address:
        return result
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return [
            *result,
            f"PARVIS_URL must be an address such as https://service.ville.example, not {masked(address)!r}.",
        ]
    if parts.path.strip("/") or parts.query or parts.fragment:
        result.append(f"PARVIS_URL ends after its host: {parts.scheme}://{parts.netloc}, not {address!r}.")
    if parts.scheme == "http" and not demo and host not in _LOOPBACK:
        result.append(f"PARVIS_URL must begin with https://, not http://: https://{parts.netloc}.")
    written = f"[{host}]" if ":" in host else host
    if hosts and not bad and not any(served == "*" or is_same_domain(written, served.lower()) for served in hosts):
        result.append(f"PARVIS_URL is outside PARVIS_HOSTS: {written} is not one of {', '.join(hosts)}.")
    return result


def _open_demo(hosts: Sequence[str]) -> list[str]:
    if all(host in _LOOPBACK for host in hosts):
        return []
    return ["PARVIS_DEMO=1 opens every account: it is refused when PARVIS_HOSTS names a public host."]


def _lacking(env: Mapping[str, str], hosts: Sequence[str]) -> list[str]:
    """What a real town must say, and what only a demonstration may."""
    result = []
    if env["PARVIS_NOW"]:
        result.append("PARVIS_NOW freezes the clock: it is accepted only with PARVIS_DEMO=1.")
    if (length := len(env["PARVIS_SECRET_KEY"])) < SHORTEST_KEY:
        result.append(
            f"PARVIS_SECRET_KEY must hold at least {SHORTEST_KEY} characters, not {length}: openssl rand -base64 48"
        )
    if not hosts:
        result.append("PARVIS_HOSTS must name the hosts served, such as service.ville.example.")
    if not env["PARVIS_URL"]:
        result.append("PARVIS_URL must be the address of the site, such as https://service.ville.example.")
    if not env["PARVIS_SMTP_URL"]:
        result.append("PARVIS_SMTP_URL must say which server sends the mail: smtp+tls://user:password@host:587.")
    return result
