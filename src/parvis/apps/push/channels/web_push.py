"""Posting to the push services of the browsers (RFC 8030), many at a time."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NamedTuple

import aiohttp

from parvis.apps.push.rules.endpoints import origin

ANSWER_SECONDS = 10.0  # of one push service, from the connection to the answer
AT_ONCE = 64
SHORTEST_WAIT, LONGEST_WAIT = 60, 24 * 3600  # seconds
NO_ANSWER = 0


@dataclass(frozen=True)
class Parcel:
    """One request to a push service."""

    push_id: int
    endpoint: str
    headers: Mapping[str, str]
    body: bytes


class Answer(NamedTuple):
    """The status, NO_ANSWER for none; the seconds to wait when the service says so; why there is no answer."""

    status: int
    wait: int | None = None
    error: str = ""


def post_all(parcels: Sequence[Parcel]) -> dict[int, Answer]:
    """Posts the parcels, AT_ONCE at a time, and returns the answer to each, by push id.

    A push service that asks to wait, or does not answer, is left alone: its other parcels get the same answer, unsent.
    """
    if not parcels:
        return {}
    with ThreadPoolExecutor(1) as thread:  # the caller's own may already run a loop
        return thread.submit(asyncio.run, _post_all(parcels)).result()


async def _post_all(parcels: Sequence[Parcel]) -> dict[int, Answer]:
    left_alone: dict[str, Answer] = {}
    answers: dict[int, Answer] = {}
    waiting = iter(parcels)
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as session:

        async def work() -> None:
            for parcel in waiting:
                service = origin(parcel.endpoint)
                answer = left_alone.get(service) or await _post(session, parcel)
                if answer.status in (NO_ANSWER, HTTPStatus.TOO_MANY_REQUESTS):
                    left_alone[service] = answer
                answers[parcel.push_id] = answer

        await asyncio.gather(*(work() for _ in range(min(AT_ONCE, len(parcels)))))
    return answers


async def _post(session: aiohttp.ClientSession, parcel: Parcel) -> Answer:
    try:
        async with session.post(
            parcel.endpoint, data=parcel.body, headers=parcel.headers, allow_redirects=False
        ) as response:
            words = (await response.content.read(200)).decode(errors="replace")
            return Answer(response.status, _wait(response.headers.get("Retry-After", "")), words)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return Answer(NO_ANSWER, None, type(error).__name__)


def _wait(header: str) -> int | None:
    """The seconds of a Retry-After header, a number or a date (RFC 9110, 10.2.3), within limits; None without one."""
    if not header:
        return None
    try:
        seconds = int(header) if header.isdigit() else parsedate_to_datetime(header).timestamp() - time.time()
    except (ValueError, TypeError):
        return SHORTEST_WAIT
    return int(min(max(seconds, 1), LONGEST_WAIT))
