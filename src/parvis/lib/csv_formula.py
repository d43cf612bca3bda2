"""Protection of exported CSV files against formula injection."""


def escape_csv_formula(text: str) -> str:
    """Prefixes text that a spreadsheet would run as a formula with an apostrophe (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
