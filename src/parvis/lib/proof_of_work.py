"""Proofs of work in the ALTCHA format (v1, SHA-256): what a browser computes instead of reading a distorted picture.

A challenge holds nothing about who asked for it. Its solution is sent as base64 JSON in a form's field `altcha`.
"""

import base64
import binascii
import json
from datetime import timedelta
from typing import Any

from altcha import v1 as altcha
from django.utils import timezone
from django.utils.crypto import salted_hmac

from parvis.lib.json_text import read_json

MOST = 60_000  # hashes of the longest search: about a second on a modest phone
SECONDS = 3600
SALT = "parvis.proof"


def challenge() -> dict[str, Any]:
    """A challenge to solve within an hour, as ALTCHA's JSON: algorithm, challenge, maxnumber, salt, signature."""
    expires = timezone.now() + timedelta(seconds=SECONDS)  # the real clock: browsers and the library use it too
    made = altcha.create_challenge(altcha.ChallengeOptions(max_number=MOST, hmac_key=_key(), expires=expires))
    return dict(made.to_dict())


def solved(payload: str) -> str:
    """The challenge of ours, still valid, that `payload` solves; "" for one that it does not, and anything malformed.

    `throttling.services.proves` makes sure that it serves once.
    """
    if not _well_formed(payload):
        return ""
    is_right, _error = altcha.verify_solution(payload, _key())
    return str(json.loads(base64.b64decode(payload))["challenge"]) if is_right else ""


def _key() -> str:
    return salted_hmac(SALT, "challenge", algorithm="sha256").hexdigest()


def _well_formed(payload: str) -> bool:
    """Whether it decodes to the fields of a solution, with the types that the library expects."""
    try:
        values = read_json(base64.b64decode(payload, validate=True).decode())
    except (binascii.Error, ValueError):
        return False
    if not isinstance(values, dict) or not isinstance(values.get("number"), int):
        return False
    return all(isinstance(values.get(name), str) for name in ("algorithm", "challenge", "salt", "signature"))
