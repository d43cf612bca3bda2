"""Text from outside, in a file that a spreadsheet opens."""


def escape_csv_formula(text: str) -> str:
    """The text, kept from being run as a formula by a spreadsheet (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
