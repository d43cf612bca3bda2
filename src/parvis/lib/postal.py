"""Postal addresses in Canada Post format: the municipality in capitals, QC, the postal code."""

import re

_LEGAL_TYPE = re.compile(
    r"^(?:Ville|Cité|Municipalité|Village|Paroisse|Canton|Cantons unis)(?: de (?:canton|village|paroisse))?"
    r" (?:(?P<article>du|des) |(?:de |d[’']))(?=\w)"
)
_CODE = re.compile(r"\b[A-Z]\d[A-Z][ \u00a0]*\d[A-Z]\d\b", re.IGNORECASE)
_PROVINCE = re.compile(r"(?:[(\s,](?:Qc|P\.?Q\.?)\b|\((?:Québec|Quebec)\)|,\s*(?:Québec|Quebec)\s*$)", re.IGNORECASE)


def short_name(name: str) -> str:
    """A municipality's name without its legal type: "Amos" for "Ville d’Amos", "Les Cèdres" for
    "Municipalité des Cèdres".
    """
    match = _LEGAL_TYPE.match(name)
    if match is None:
        return name
    return {"du": "Le ", "des": "Les "}.get(match["article"] or "", "") + name[match.end() :]


def is_whole(address: str) -> bool:
    """Whether a typed address already includes its municipality: it holds a postal code or the province."""
    return bool(_CODE.search(address) or _PROVINCE.search(address))


def last_line(municipality: str, code: str = "") -> str:
    """Formats "TROIS-PISTOLES QC  G0L 4K0", with a no-break space so that both spaces show; the code is optional."""
    return f"{municipality.upper()} QC" + (f"\u00a0 {code}" if code else "")
