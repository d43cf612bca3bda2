"""Twilio's REST API (version 2010-04-01): what is asked, how a failure is read, how its requests are recognised."""

import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import requests

from parvis.lib.transport import DeliveryUncertain, PermanentError, TransientError, TransportError

CONNECT_SECONDS, ANSWER_SECONDS = 5, 15  # both together end well before the job is given again
SKEW = timedelta(minutes=2)  # between their clock and ours
AT_FAULT = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)  # of the account, not of what is sent
NOT_NOW = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


@dataclass(frozen=True)
class Account:
    """One account: the address of the API, its identifier, its token."""

    base: str
    sid: str
    token: str

    def create(self, resource: str, fields: Mapping[str, Any]) -> str:
        """Creates a resource ("Messages", "Calls") and returns its identifier. There is no idempotency key.

        Raises TransientError, DeliveryUncertain for a failure after the request left, PermanentError.
        """
        try:
            response = requests.post(
                self._url(f"{resource}.json"),
                data=fields,
                auth=(self.sid, self.token),
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                allow_redirects=False,
            )
        except (requests.ConnectTimeout, requests.exceptions.SSLError) as error:
            raise TransientError(_words(error)) from error
        except requests.ConnectionError as error:
            raise (TransientError if _never_connected(error) else DeliveryUncertain)(_words(error)) from error
        except requests.RequestException as error:
            raise DeliveryUncertain(_words(error)) from error
        answer = _json(response)
        if response.ok:
            if identifier := str(answer.get("sid") or ""):
                return identifier
            raise DeliveryUncertain("the answer names nothing")
        raise _failure(response, answer)

    def read(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """A resource, or a list of them ("Messages", "Calls/CA123").

        Raises TransientError when the provider does not say.
        """
        try:
            response = requests.get(
                self._url(f"{path}.json"),
                params=query,
                auth=(self.sid, self.token),
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise TransientError(_words(error)) from error
        answer = _json(response) if response.ok else {}
        if not answer:
            raise TransientError(f"HTTP {response.status_code}")
        return answer

    def listed(self, resource: str, to: str, since: datetime) -> list[dict[str, Any]]:
        """The latest resources for a number, made since a moment (SKEW before). Raises TransientError."""
        rows = self.read(resource, {"To": to, "PageSize": "50"}).get(resource.lower())
        if not isinstance(rows, list):
            raise TransientError("the answer holds no list")
        return [row for row in rows if isinstance(row, dict) and row.get("sid") and _made_at(row) >= since - SKEW]

    def _url(self, path: str) -> str:
        return f"{self.base}/2010-04-01/Accounts/{self.sid}/{path}"


def signature(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    """The signature (X-Twilio-Signature), by the account's token, of a POST to `url`, query included, of these fields.

    HMAC-SHA1, in base64, of the URL followed by the name and the value of each field, sorted by name.
    """
    signed = url + "".join(name + value for name, value in sorted(set(fields)))
    return b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


def is_signed(given: str, token: str, url: str, fields: Iterable[tuple[str, str]]) -> bool:
    """Whether the signature given is the right one; takes the same time whatever the difference."""
    return hmac.compare_digest(given.encode(), signature(token, url, fields).encode())


def _failure(response: requests.Response, answer: dict[str, Any]) -> TransportError:
    status, code = response.status_code, answer.get("code")
    words = " ".join(f"{code or ''} {answer.get('message', '') or f'HTTP {status}'}".split())[:300]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return DeliveryUncertain(words)
    passing = status in NOT_NOW or status in AT_FAULT or status < HTTPStatus.BAD_REQUEST
    return TransientError(words) if passing else PermanentError(words, str(code or ""))


def _never_connected(error: requests.ConnectionError) -> bool:
    """Whether the connection was refused or the host unknown, so that nothing was sent."""
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", None) or cause
    return type(reason).__name__ in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


def _json(response: requests.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _made_at(row: dict[str, Any]) -> datetime:
    try:
        made = parsedate_to_datetime(str(row.get("date_created")))
    except (ValueError, TypeError):
        return datetime.max.replace(tzinfo=UTC)  # unknown: better not sent twice
    return made if made.tzinfo else made.replace(tzinfo=UTC)


def _words(error: Exception) -> str:
    """The kind of a failure of the network, without its URL."""
    return type(error).__name__
