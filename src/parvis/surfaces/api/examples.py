"""Bodies of examples, by operation: those of the page for people."""

from typing import Any

_PERSON = {"name": "Jeanne Arsenault", "email": "jeanne@exemple.ca"}
EXAMPLES: dict[str, dict[str, Any]] = {
    "ask": {"text": "quand passe le recyclage ?", "lang": "fr"},
    "open_case": {"subject": "nid-de-poule", "words": "Un trou", "place": "12 rue du Quai", "person": _PERSON},
    "write_message": {"words": "Le trou s'est agrandi."},
    "withdraw_case": {"words": "C'est réglé."},
    "bring_contact": {"channel": "social", "text": "Le lampadaire est éteint.", "person": {"name": "Luc Gagnon"}},
    "make_webhook": {"url": "https://exemple.ca/parvis", "events": ["case.opened", "case.closed"]},
    "change_webhook": {"active": True},
    "replay_since": {"since": "2026-11-24T10:00:00-05:00"},
}
PATHS = {"{slug}": "nid-de-poule", "{address_id}": "12", "{reference}": "26-0417-K"}
QUERIES = {"find_addresses": "?q=12+quai", "list_cases": "?updated_since=2026-11-24T00:00:00-05:00"}
