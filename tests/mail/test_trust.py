"""14. A sender is only what the message claims, unless the town's own server verified it (RFC 8601)."""

import pytest

from parvis.apps.mail.rules.trust import FAILED, UNKNOWN, VERIFIED, trust

OURS = "mail.ville.example"


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([f"{OURS}; dmarc=pass header.from=exemple.ca"], VERIFIED),
        ([f"{OURS}; spf=fail; dkim=fail; dmarc=fail (p=reject) header.from=exemple.ca"], FAILED),
        ([f"{OURS}; spf=pass smtp.mailfrom=anne@exemple.ca; dkim=none"], VERIFIED),
        ([f"{OURS}; spf=pass smtp.mailfrom=envois.exemple.ca"], VERIFIED),
        ([f"{OURS}; spf=pass smtp.mailfrom=bounce@listes.example; dkim=none"], UNKNOWN),
        ([f"{OURS}; dkim=pass header.d=exemple.ca; spf=softfail smtp.mailfrom=x@relais.example"], VERIFIED),
        ([f"{OURS}; spf=fail smtp.mailfrom=anne@exemple.ca; dkim=fail header.d=exemple.ca"], FAILED),
        ([f"{OURS}; spf=fail smtp.mailfrom=anne@exemple.ca"], UNKNOWN),
        ([f"{OURS} 1; none"], UNKNOWN),
        ([f"{OURS} (a comment; dmarc=pass); none"], UNKNOWN),
        (["mail.attaquant.example; dmarc=pass header.from=exemple.ca"], UNKNOWN),
        (["mx.autre.example; none", f"{OURS}; dmarc=pass header.from=exemple.ca"], UNKNOWN),
        ([], UNKNOWN),
        ([""], UNKNOWN),
    ],
)
def test_only_what_our_own_server_says_first_counts(results: list[str], expected: str) -> None:
    assert trust(results, OURS, "anne@exemple.ca") == expected


def test_a_town_that_names_no_server_believes_nobody() -> None:
    assert trust(["; dmarc=pass"], "", "anne@exemple.ca") == UNKNOWN
