"""The address of a letter, as Canada Post reads it: the municipality in capitals, QC, the postal code."""

import re

_RANK = re.compile(
    r"^(?:Ville|Cité|Municipalité|Village|Paroisse|Canton|Cantons unis)(?: de (?:canton|village|paroisse))?"
    r" (?:(?P<article>du|des) |(?:de |d[’']))(?=\w)"
)
_CODE = re.compile(r"\b[A-Z]\d[A-Z][ \u00a0]*\d[A-Z]\d\b", re.IGNORECASE)
_PROVINCE = re.compile(r"(?:[(\s,](?:Qc|P\.?Q\.?)\b|\((?:Québec|Quebec)\)|,\s*(?:Québec|Quebec)\s*$)", re.IGNORECASE)


def short_name(name: str) -> str:
    """The municipality without its rank: "Amos" of "Ville d’Amos", "Les Cèdres" of "Municipalité des Cèdres"."""
    match = _RANK.match(name)
    if match is None:
        return name
    return {"du": "Le ", "des": "Les "}.get(match["article"] or "", "") + name[match.end() :]


def is_whole(address: str) -> bool:
    """Whether an address as someone typed it names its own municipality: it bears a postal code or the province."""
    return bool(_CODE.search(address) or _PROVINCE.search(address))


def last_line(municipality: str, code: str = "") -> str:
    """Reads "TROIS-PISTOLES QC  G0L 4K0", its two spaces kept apart; without the code when it is not known."""
    return f"{municipality.upper()} QC" + (f"\u00a0 {code}" if code else "")
