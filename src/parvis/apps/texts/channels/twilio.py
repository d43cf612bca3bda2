"""Twilio, by its REST API (Messages resource, version 2010-04-01)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import requests

from parvis.apps.texts.channels.failures import NotTaken, OptedOut, PerhapsTaken, Rejected
from parvis.lib.words import one_line

CONNECT_SECONDS, ANSWER_SECONDS = 5, 15  # both together end well before the job is given again
UNSUBSCRIBED = 21610  # error code: the number answered STOP to this sender
SKEW = timedelta(minutes=2)  # between their clock and ours
AT_FAULT = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)  # of the account, not of the text
NOT_NOW = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)


@dataclass(frozen=True)
class Twilio:
    """One account. `sender` is a number in E.164, a short code, or a messaging service (MG...)."""

    base: str
    account: str
    token: str
    sender: str

    def send(self, to: str, body: str, *, report: str) -> str:
        """See `Provider.send`. Twilio has no idempotency key: a failure after the request left is PerhapsTaken."""
        data = {"To": to, "Body": body, "StatusCallback": report, **self._from()}
        try:
            response = requests.post(
                self._url, data=data, auth=self._auth, timeout=(CONNECT_SECONDS, ANSWER_SECONDS), allow_redirects=False
            )
        except (requests.ConnectTimeout, requests.exceptions.SSLError) as error:
            raise NotTaken(_words(error)) from error
        except requests.ConnectionError as error:
            raise (NotTaken if _never_connected(error) else PerhapsTaken)(_words(error)) from error
        except requests.RequestException as error:
            raise PerhapsTaken(_words(error)) from error
        answer = _json(response)
        if response.ok:
            if identifier := str(answer.get("sid") or ""):
                return identifier
            raise PerhapsTaken("the answer names no message")
        raise _failure(response, answer)

    def find(self, to: str, body: str, *, since: datetime) -> list[str]:
        """See `Provider.find`: among the latest messages to this number."""
        try:
            response = requests.get(
                self._url,
                params={"To": to, "PageSize": "50"},
                auth=self._auth,
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise NotTaken(_words(error)) from error
        messages = _json(response).get("messages") if response.ok else None
        if not isinstance(messages, list):
            raise NotTaken(f"HTTP {response.status_code}")
        same = (one for one in messages if isinstance(one, dict) and one.get("body") == body)
        return [str(one["sid"]) for one in same if one.get("sid") and _made_at(one) >= since - SKEW]

    @property
    def _url(self) -> str:
        return f"{self.base}/2010-04-01/Accounts/{self.account}/Messages.json"

    @property
    def _auth(self) -> tuple[str, str]:
        return self.account, self.token

    def _from(self) -> dict[str, str]:
        return {"MessagingServiceSid" if self.sender.startswith("MG") else "From": self.sender}


def _failure(response: requests.Response, answer: dict[str, Any]) -> Exception:
    status = response.status_code
    words = one_line(f"{answer.get('code', '')} {answer.get('message', '') or f'HTTP {status}'}")[:300]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return PerhapsTaken(words)
    if answer.get("code") == UNSUBSCRIBED:
        return OptedOut(words)
    passing = status in NOT_NOW or status in AT_FAULT or status < HTTPStatus.BAD_REQUEST
    return NotTaken(words) if passing else Rejected(words)


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


def _made_at(message: dict[str, Any]) -> datetime:
    try:
        made = parsedate_to_datetime(str(message.get("date_created")))
    except (ValueError, TypeError):
        return datetime.max.replace(tzinfo=UTC)  # unknown: better not sent twice
    return made if made.tzinfo else made.replace(tzinfo=UTC)


def _words(error: Exception) -> str:
    """The kind of a failure of the network, without its URL."""
    return type(error).__name__
