"""Recognises questions about boiling or drinking the water, in either language. Pure."""

import re

from parvis.lib.words import split

_NOTICE = re.compile(
    r"(?<!point d )\bebul+i[st]+ion\b"
    r"|(?<!chauffe )\beau\b.*\bbouill(?!ant|on)|\bbouill(?!ant|on)\w*.*(?<!chauffe )\beau\b"
    r"|\bboil(ed|ing)? (water )?(advisory|advisories|notices?|orders?|alerts?)\b"
    r"|\bboil(s|ed|ing)?\b(?! water\b).*\bwater\b|\bwater\b.*\bboil(s|ed|ing)?\b|\bboil (\w+ )?water\b"
)
"""The notice itself, or boiling the water; not "boiling water" nor "eau bouillante"."""

_TAP = r"(du robinet|de la (ville|champlure|municipalite)|du village|municipale|de l aqueduc|chez (nous|moi|vous))"
_GOOD = r"(potable|buvable|bonne a boire|bonne|correcte|securitaire|sure|safe|contaminee|dangereuse)"
_OURS = r"(the|our|my|this|your|any|their)"
_SAFE = r"(safe|ok|okay|fine|good|clean|unsafe|drinkable|potable)"
_DRINKABLE = re.compile(
    r"\b(boire|boive|boivent|consommer)( \w+){0,3} eau\b"
    r"|\beau\b( \w+){0,8} (boire|buvable|biberons?)\b|\bbiberons?\b( \w+){0,5} eau\b"
    rf"|\beau\b ({_TAP} )?(\w+ ){{0,3}}(est|n est|yest|ye|demeure|reste)\b( \w+){{0,4}} {_GOOD}\b"
    rf"|\beau du robinet\b.*\b{_GOOD}\b|\b(potable|buvable)\b.*\beau du robinet\b"
    r"|^(l |notre )?eau (non |pas )?(potable|buvable)$"
    rf"|\bdrink(ing)? ((from )?{_OURS} )?((tap|town|city|village|municipal|faucet) )?water\b"
    r"|\bwater\b( \w+){0,8} (drink|drinkable|potable|contaminated)\b"
    rf"|\b(tap|town|city|village|our|the) water (still )?(is |was )?(still )?{_SAFE}\b|^water {_SAFE}$"
    r"|\bwater (is|was|still|be)( \w+){0,3} (safe|ok|okay|unsafe)\b"
    r"|\btap water\b( \w+){0,6} (baby|babies|bottles?|formula)\b"
    r"|\bis it (still )?(safe|ok|okay) to drink\b"
)
_DRINKING_WATER = re.compile(r"(?<!is )(?<!are )\bdrinking water\b")
"""Part of a noun (a drinking water pipe, its fee)."""

_NOT_THE_TOWNS = re.compile(
    r"\bpuits\b|\b(my|our|a|the|private|artesian) well\b|\bwell water\b"
    r"|\b(lac|riviere|ruisseau|piscine|spa|fontaines?|abreuvoir|lake|river|creek|pool|pond|fountains?)\b"
    r"|\bbord de l eau\b|\bjeux d eau\b|\bsplash pad\b"
)
_NOTIFICATIONS = re.compile(
    r"\betre (averti|avise|alerte|informe)e?s?\b|\b(inscrire|abonner)\b|\bget (notified|alerted|alerts)\b|\bsubscribe\b"
)


def asks_about_water(text: str) -> bool:
    """Whether the message asks if a boil-water notice is in force, or if the town's water is drinkable.

    Excludes private wells, lakes and pools unless the notice itself is named, and how to be notified of the next one.
    """
    folded = " ".join(split(text))
    if _NOTIFICATIONS.search(folded):
        return False
    if _NOTICE.search(folded):
        return True
    plain = _DRINKING_WATER.sub("", folded)
    return bool(_DRINKABLE.search(plain)) and not _NOT_THE_TOWNS.search(plain)
