"""The environment variables that set up Parvis: what each means, and what prevents a start.

Each is declared in `ENVIRONMENT` with its default and its meaning; a test compares it with `docs/run/settings.md`. An
undeclared PARVIS_ variable prevents the start, so that a typo is not silent.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured

from parvis.config.env_urls import (
    TEXTS_A_DAY,
    WEBHOOK_PROVIDERS,
    embedding_origins,
    facebook,
    mail_problems,
    map_tiles_host,
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
    "PARVIS_DATA": ("var", "folder of the database, the files received and the keys"),
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
    "PARVIS_JOB_WORKERS": ("1", "background worker processes"),
    "PARVIS_JOB_RETRY": ("60", "seconds after which a job that was not acknowledged is given again"),
}


def read(environ: Mapping[str, str]) -> dict[str, str]:
    """The declared variables with their values; ImproperlyConfigured names the undeclared ones."""
    unknown = sorted(name for name in environ if name.startswith("PARVIS_") and name not in ENVIRONMENT)
    if unknown:
        raise ImproperlyConfigured(f"Unknown settings: {', '.join(unknown)}. See docs/run/settings.md.")
    return {name: environ.get(name, "").strip() or default for name, (default, _) in ENVIRONMENT.items()}


def problems(env: Mapping[str, str]) -> list[str]:
    """Errors that prevent the start, one sentence each; empty when the settings are valid."""
    result = []
    hosts = [host.strip() for host in env["PARVIS_HOSTS"].split(",") if host.strip()]
    demo = env["PARVIS_DEMO"] == "1"
    for name in ("PARVIS_DEMO", "PARVIS_PROXY"):
        if env[name] not in ("0", "1"):
            result.append(f"{name} must be 0 or 1.")
    if env["PARVIS_MAIL_SUBADDRESSES"] not in ("", "0", "1"):
        result.append("PARVIS_MAIL_SUBADDRESSES must be 0 or 1.")
    result += mail_problems(env)
    if env["PARVIS_VOICE_RECALL_MACHINES"] not in ("0", "1"):
        result.append("PARVIS_VOICE_RECALL_MACHINES must be 0 or 1.")
    for name in (
        *("PARVIS_WEB_WORKERS", "PARVIS_WEB_THREADS", "PARVIS_JOB_WORKERS", "PARVIS_JOB_RETRY"),
        "PARVIS_VOICE_LINES",
    ):
        if env[name] and (not env[name].isdigit() or int(env[name]) < 1):
            result.append(f"{name} must be a whole number above 0.")
    for name in ("PARVIS_PANEL_NOTICE_DAYS", "PARVIS_PANEL_YEARLY"):
        if not env[name].isdigit():
            result.append(f"{name} must be a whole number.")
    for name in ("PARVIS_NEWSLETTER_RATE", "PARVIS_NEWSLETTER_DOMAIN_RATE"):
        if not env[name].isdigit():
            result.append(f"{name} must be a whole number.")
    if env["PARVIS_DNS_SERVER"] and not re.fullmatch(r"[\w.:-]+", env["PARVIS_DNS_SERVER"]):
        result.append("PARVIS_DNS_SERVER must be host or host:port.")
    if env["PARVIS_LOG_FORMAT"] not in ("json", "plain"):
        result.append("PARVIS_LOG_FORMAT must be json or plain.")
    if env["PARVIS_LOG_LEVEL"] not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        result.append("PARVIS_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.")
    if env["PARVIS_TIME_ZONE"] not in available_timezones():
        result.append("PARVIS_TIME_ZONE must be the name of a time zone, such as America/Toronto.")
    if bool(env["PARVIS_FILES_KEY"]) != bool(env["PARVIS_FILES_SECRET"]):
        result.append("PARVIS_FILES_KEY and PARVIS_FILES_SECRET go together.")
    if env["PARVIS_CLAMAV"] and not re.fullmatch(r"unix:/.+|[^:/\s]+:[0-9]{1,5}", env["PARVIS_CLAMAV"]):
        result.append("PARVIS_CLAMAV must be host:port or unix:/path.")
    if env["PARVIS_ENCODER"] not in ("use", "none") and "." not in env["PARVIS_ENCODER"]:
        result.append("PARVIS_ENCODER must be use, none, or the dotted path of a class.")
    result += _unreadable(env, demo=demo)
    if demo:
        if any(host not in ("localhost", "127.0.0.1", "[::1]", "testserver") for host in hosts):
            result.append("PARVIS_DEMO=1 opens every account: it is refused when PARVIS_HOSTS names a public host.")
        return result
    if env["PARVIS_NOW"]:
        result.append("PARVIS_NOW freezes the clock: it is accepted only with PARVIS_DEMO=1.")
    if len(env["PARVIS_SECRET_KEY"]) < 50:
        result.append("PARVIS_SECRET_KEY must hold at least 50 characters.")
    if not hosts:
        result.append("PARVIS_HOSTS must name the hosts served.")
    if urlsplit(env["PARVIS_URL"]).scheme not in ("http", "https"):
        result.append("PARVIS_URL must be the address of the site, such as https://service.ville.example.")
    if not env["PARVIS_SMTP_URL"]:
        result.append("PARVIS_SMTP_URL must say which server sends the mail.")
    return result


def _unreadable(env: Mapping[str, str], *, demo: bool) -> list[str]:
    """Errors in the settings that are read as a whole: addresses, hours, lists."""
    result = []
    for read_url in (
        lambda: received_storage(env, Path()),
        lambda: text_provider(env["PARVIS_TEXTS_URL"]),
        lambda: texts_a_day(env["PARVIS_TEXTS_A_DAY"]),
        lambda: texts_price(env["PARVIS_TEXTS_PRICE"]),
        lambda: voice_provider(env["PARVIS_VOICE_URL"]),
        lambda: voice_recalls(env["PARVIS_VOICE_RECALLS"]),
        lambda: voice_hours(env["PARVIS_VOICE_HOURS"]),
        lambda: facebook(env),
        lambda: map_tiles_host(env["PARVIS_MAP_TILES"]),
        lambda: embedding_origins(env["PARVIS_EMBED_ORIGINS"], demo=demo),
    ):
        try:
            read_url()
        except ImproperlyConfigured as error:
            result.append(str(error))
    return result
