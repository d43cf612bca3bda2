"""E-mail addresses and phone numbers as they are kept."""

import re

_EMAIL = re.compile(r"[^@\s,;<>\"()]{1,64}@(?:[^\s@.,;<>\"()]+\.)+[^\s@.,;<>\"()]{2,}")


def email_address(text: str) -> str:
    """The address in lower case; "" for what is not one, or not in ASCII: few servers take others (RFC 6531)."""
    typed = text.strip().lower()
    return typed if len(typed) <= 254 and typed.isascii() and typed.isprintable() and _EMAIL.fullmatch(typed) else ""


def domain_of(email: str) -> str:
    """What follows the last @ of an address, in lower case."""
    return email.rpartition("@")[2].lower()


def masked(target: str) -> str:
    """An address or a number whose owner knows it, and nobody else: "l•••@e•••.ca", "••• 0123"; "" for ""."""
    name, at, domain = target.partition("@")
    if at:
        host, dot, end = domain.rpartition(".")
        return f"{name[:1]}•••@{host[:1]}•••{dot}{end}"
    return f"••• {target[-4:]}" if target else ""
