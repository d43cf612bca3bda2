"""The environment variables that set up Parvis, each with its default, and what prevents a start.

What each means is in `docs/run/settings.md`, which a rule compares with them. An undeclared PARVIS_ variable prevents
the start, so that a typo is not silent.
"""

import os
import re
from collections.abc import Callable, Mapping
from datetime import time
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured
from pydantic import AfterValidator, PlainValidator, ValidationError, ValidationInfo, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from parvis.config import DATA
from parvis.config import env_urls as urls


def _must(be: str, holds: Callable[[str], object], to: Callable[[str], object] = str) -> PlainValidator:
    """Refuses a value, unless it is empty, that does not hold; `to` converts it."""

    def read(text: str, info: ValidationInfo) -> object:
        if text and not holds(text):
            raise ValueError(f"{info.field_name} must be {be}, not {text!r}.")
        return to(text)

    return PlainValidator(read)


def _one_of(*words: str, to: Callable[[str], object] = str) -> PlainValidator:
    return _must(" or ".join(words), words.__contains__, to)


def _matches(form: str, be: str) -> PlainValidator:
    return _must(be, re.compile(form).fullmatch)


def _read_beside(reads: Callable[[str, Mapping[str, Any]], object], *, shown: bool = True) -> PlainValidator:
    """What `reads` makes of a value and of the valid settings declared above it.

    A refusal says what was given, with its passwords hidden, save when the value is a secret or is already in it.
    """

    def read(text: str, info: ValidationInfo) -> object:
        try:
            return reads(text, info.data)
        except ImproperlyConfigured as error:
            raise ValueError(f"{error} Given: {urls.masked(text)}" if shown and text else str(error)) from error

    return PlainValidator(read)


def _read(reads: Callable[[str], object], *, shown: bool = True) -> PlainValidator:
    return _read_beside(lambda text, _above: reads(text), shown=shown)


def as_written(default: str) -> Any:
    """A default as the environment would give it, read like any value."""
    return default


Flag = Annotated[bool, _one_of("0", "1", to="1".__eq__)]
Whole = Annotated[int, _must("a whole number", str.isdecimal, int)]
AboveZero = Annotated[
    int, _must("a whole number above 0", re.compile(r"0*[1-9]\d*").fullmatch, lambda text: int(text or 0))
]
Words = Annotated[list[str], _read(lambda text: text.lower().split())]


class Environment(BaseSettings):
    """The settings, as `settings` uses them. Some are read with those declared above them."""

    model_config = SettingsConfigDict(
        case_sensitive=True, enable_decoding=False, validate_default=True, hide_input_in_errors=True
    )

    PARVIS_DEMO: Flag = as_written("0")
    PARVIS_DATA: Annotated[Path, AfterValidator(Path.resolve)] = Path(DATA)
    DATABASE_URL: Annotated[
        dict[str, Any], _read_beside(lambda url, above: urls.database(url, above["PARVIS_DATA"]))
    ] = as_written("")
    PARVIS_NOW: Annotated[str, _read_beside(urls.frozen_moment, shown=False)] = ""
    PARVIS_TIME_ZONE: Annotated[
        str, _must("the name of a time zone, such as America/Toronto", lambda name: name in available_timezones())
    ] = "America/Toronto"
    PARVIS_SECRET_KEY: Annotated[str, _read_beside(urls.secret_key, shown=False)] = ""
    PARVIS_HOSTS: Annotated[list[str], _read_beside(urls.hosts, shown=False)] = as_written("")
    PARVIS_URL: Annotated[str, _read_beside(urls.site, shown=False)] = ""
    PARVIS_PROXY: Flag = as_written("0")
    PARVIS_SMTP_URL: Annotated[dict[str, Any], _read_beside(urls.outgoing_server)] = as_written("")
    PARVIS_MAIL_FROM: str = ""
    PARVIS_MAIL_SUBADDRESSES: Annotated[str, _one_of("0", "1")] = ""
    PARVIS_MAIL_PASSWORDS: Annotated[dict[str, str], _read(urls.mailbox_passwords, shown=False)] = as_written("")
    PARVIS_MAIL_LISTEN: Annotated[str, _read(urls.mail_listener, shown=False)] = ""
    PARVIS_MAIL_WEBHOOK: str = ""
    PARVIS_MAIL_WEBHOOK_SECRET: Annotated[str, _read_beside(urls.webhook_secret, shown=False)] = ""
    PARVIS_ALARM_SMTP_URL: Annotated[
        dict[str, Any], _read(lambda url: urls.mail_server(url, "PARVIS_ALARM_SMTP_URL"))
    ] = as_written("")
    PARVIS_NEWSLETTER_RATE: Whole = as_written("150")
    PARVIS_NEWSLETTER_DOMAIN_RATE: Whole = as_written("75")
    PARVIS_DKIM_SELECTOR: str = ""
    PARVIS_DNS_SERVER: Annotated[str, _matches(r"[\w.:-]+", "host or host:port")] = ""
    PARVIS_TEXTS_URL: Annotated[dict[str, str], _read(urls.text_provider)] = as_written("")
    PARVIS_TEXTS_A_DAY: Annotated[dict[str, int], _read(urls.texts_a_day)] = as_written(
        " ".join(f"{kind}={parts}" for kind, parts in urls.TEXTS_A_DAY.items())
    )
    PARVIS_TEXTS_PRICE: Annotated[Decimal | None, _read(urls.texts_price)] = as_written("")
    PARVIS_VOICE_URL: Annotated[dict[str, str], _read(urls.voice_provider)] = as_written("")
    PARVIS_VOICE_LINES: AboveZero = as_written("30")
    PARVIS_VOICE_RECALLS: Annotated[tuple[int, ...], _read(urls.voice_recalls)] = as_written("5 10")
    PARVIS_VOICE_RECALL_MACHINES: Flag = as_written("0")
    PARVIS_VOICE_HOURS: Annotated[tuple[tuple[time, time], ...], _read(urls.voice_hours)] = as_written(
        "9:00-21:30 10:00-18:00"
    )
    PARVIS_EMERGENCY_DECIDERS: Words = as_written("manager clerk")
    PARVIS_PUSH_SERVICES: Words = as_written(
        "fcm.googleapis.com updates.push.services.mozilla.com web.push.apple.com *.push.apple.com *.notify.windows.com"
    )
    PARVIS_GRAPH_VERSION: str = "v26.0"
    PARVIS_GRAPH_URL: str = ""
    PARVIS_FACEBOOK_VERIFY: str = ""
    PARVIS_FACEBOOK_APP: Annotated[dict[str, str], _read_beside(urls.facebook, shown=False)] = as_written("")
    PARVIS_PAYMENTS: Annotated[str, _one_of("stripe", "none")] = ""
    PARVIS_REFUND_ALONE_CENTS: Whole = as_written("20000")
    PARVIS_REFUNDS_ALONE: Whole = as_written("5")
    PARVIS_STRIPE_KEY: str = ""
    PARVIS_STRIPE_WEBHOOK_SECRETS: str = ""
    PARVIS_STRIPE_URL: Annotated[dict[str, Any], _read_beside(urls.stripe)] = as_written("")
    PARVIS_UNPAID_HOUSEHOLD: AboveZero = as_written("12")
    PARVIS_UNPAID_ACCOUNT: AboveZero = as_written("18")
    PARVIS_UNPAID_SHARE: AboveZero = as_written("33")
    PARVIS_UNPAID_SHARE_LEAST: AboveZero = as_written("4")
    PARVIS_DECLARED_PEOPLE: AboveZero = as_written("8")
    PARVIS_COUNTER_AFTER_HOURS: Whole = as_written("24")
    PARVIS_COUNTER_UNSEEN_DAYS: AboveZero = as_written("2")
    PARVIS_FILES_KEY: str = ""
    PARVIS_FILES_SECRET: Annotated[str, _read_beside(urls.files_secret, shown=False)] = ""
    PARVIS_FILES_URL: Annotated[dict[str, Any], _read_beside(urls.received_storage)] = as_written("")
    PARVIS_CLAMAV: Annotated[str, _matches(r"unix:/.+|[^:/\s]+:[0-9]{1,5}", "host:port or unix:/path")] = ""
    PARVIS_MAP_TILES: Annotated[str, _read(lambda template: template if urls.map_tiles_host(template) else "")] = ""
    PARVIS_MAP_CREDIT: str = ""
    PARVIS_EMBED_ORIGINS: Annotated[
        list[str],
        _read_beside(lambda text, above: urls.embedding_origins(text, demo=above.get("PARVIS_DEMO", False))),
    ] = as_written("")
    PARVIS_PANEL_NOTICE_DAYS: Whole = as_written("10")
    PARVIS_PANEL_YEARLY: Whole = as_written("4")
    PARVIS_ENCODER: Annotated[str, _matches(r"use|none|.*\..*", "use, none, or the dotted path of a class")] = "use"
    PARVIS_LOG_FORMAT: Annotated[str, _one_of("json", "plain")] = "json"
    PARVIS_LOG_LEVEL: Annotated[str, _one_of("DEBUG", "INFO", "WARNING", "ERROR")] = "INFO"
    PARVIS_WEB_WORKERS: AboveZero = as_written("2")
    PARVIS_WEB_THREADS: AboveZero = as_written("")
    PARVIS_JOB_WORKERS: AboveZero = as_written("1")
    PARVIS_JOB_RETRY: AboveZero = as_written("60")

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, given: dict[str, str]) -> dict[str, str]:
        return {name: value.strip() for name, value in given.items() if value.strip()}


def checked() -> Environment:
    """The settings; ImproperlyConfigured names every problem that prevents the start, a line each."""
    wrong, env = unknown(), None
    try:
        env = Environment()
    except ValidationError as error:
        wrong += [line for one in error.errors() for line in str(one["ctx"]["error"]).splitlines()]
    if wrong or env is None:
        lines = "\n- ".join([f"Parvis cannot start, {len(wrong)} to mend (docs/run/settings.md):", *wrong])
        raise ImproperlyConfigured(lines)
    return env


def unknown() -> list[str]:
    """An error for each undeclared PARVIS_ variable, with the nearest declared one."""
    declared, result = Environment.model_fields, []
    for name in sorted(name for name in os.environ if name.startswith("PARVIS_") and name not in declared):
        close = get_close_matches(name, declared, n=1)
        result.append(f"{name} is no setting{f'; did you mean {close[0]}?' if close else '.'}")
    return result
