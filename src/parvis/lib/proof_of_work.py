"""Proofs of work in the ALTCHA format (v1, SHA-256): what a browser computes instead of reading a distorted picture.

A challenge holds nothing about who asked for it. Its solution is sent as base64 JSON in a form's field `altcha`.
"""

import base64
import binascii
import json
from datetime import timedelta
from typing import Any

from altcha import v1 as altcha
from django.core.cache import cache
from django.utils import timezone
from django.utils.crypto import salted_hmac

MOST = 60_000  # hashes of the longest search: about a second on a modest phone
SECONDS = 3600
SALT = "parvis.proof"


def challenge() -> dict[str, Any]:
    """A challenge to solve within an hour, as ALTCHA's JSON: algorithm, challenge, maxnumber, salt, signature."""
    expires = timezone.now() + timedelta(seconds=SECONDS)  # the real clock: browsers and the library use it too
    made = altcha.create_challenge(altcha.ChallengeOptions(max_number=MOST, hmac_key=_key(), expires=expires))
    return dict(made.to_dict())


def proves(payload: str, *, use: str) -> bool:
    """Whether `payload` solves one of our challenges, still valid and never used for anything but `use`.

    The same form sent again after an error (`use` is its key) may show its proof again. False for anything malformed.
    """
    if not _well_formed(payload):
        return False
    solved, _error = altcha.verify_solution(payload, _key())
    if not solved:
        return False
    mark = "proof:" + salted_hmac(SALT, json.loads(base64.b64decode(payload))["challenge"]).hexdigest()
    return bool(cache.add(mark, use, SECONDS)) or cache.get(mark) == use


def _key() -> str:
    return salted_hmac(SALT, "challenge", algorithm="sha256").hexdigest()


def _well_formed(payload: str) -> bool:
    """Whether it decodes to the fields of a solution, with the types that the library expects."""
    try:
        values = json.loads(base64.b64decode(payload, validate=True).decode())
    except (binascii.Error, ValueError):
        return False
    if not isinstance(values, dict) or not isinstance(values.get("number"), int):
        return False
    return all(isinstance(values.get(name), str) for name in ("algorithm", "challenge", "salt", "signature"))
