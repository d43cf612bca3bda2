"""How far the sender of a message can be trusted, from what the town's own mail server verified (RFC 8601)."""

import re
from collections.abc import Sequence

VERIFIED, UNKNOWN, FAILED = "verified", "unknown", "failed"
_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"^\s*(dmarc|dkim|spf)\s*=\s*(\w+)", re.IGNORECASE)
_DOMAIN = re.compile(r"(?:header\.from|header\.d|header\.i|smtp\.mailfrom)\s*=\s*\"?(?:[^\s;\"]*@)?([\w.-]+)", re.I)


def trust(results: Sequence[str], authority: str, sender: str) -> str:
    """VERIFIED, FAILED or UNKNOWN: whether the address of the sender is theirs.

    `results` are the values of Authentication-Results, topmost first; only the first one counts, and only when it is of
    `authority`, the name that the town's server gives itself: anyone can write the others (RFC 8601, 5). DMARC decides
    (RFC 7489); without it, SPF (RFC 7208) or DKIM (RFC 6376) verifies when it passes for the sender's domain, and both
    must fail.
    """
    if not authority or not results:
        return UNKNOWN
    name, _, rest = _COMMENT.sub(" ", results[0]).partition(";")
    if name.lower().split()[:1] != [authority.lower()]:
        return UNKNOWN
    domain = sender.rpartition("@")[2].lower()
    found: dict[str, set[str]] = {}
    for part in rest.split(";"):
        if match := _RESULT.match(part):
            method, verdict = match[1].lower(), match[2].lower()
            about = {value.lower() for value in _DOMAIN.findall(part)}
            if verdict == "pass" and method != "dmarc" and about and not any(_same(domain, one) for one in about):
                verdict = "unaligned"
            found.setdefault(method, set()).add(verdict)
    if dmarc := found.get("dmarc"):
        return VERIFIED if "pass" in dmarc else FAILED if "fail" in dmarc else UNKNOWN
    verdicts = found.get("spf", set()) | found.get("dkim", set())
    if "pass" in verdicts:
        return VERIFIED
    failed = {"spf", "dkim"} <= set(found) and all("fail" in found[method] for method in ("spf", "dkim"))
    return FAILED if failed else UNKNOWN


def _same(domain: str, other: str) -> bool:
    """Whether one domain is the other, or under it (relaxed alignment)."""
    return domain == other or domain.endswith(f".{other}") or other.endswith(f".{domain}")
