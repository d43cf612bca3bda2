"""The groups that a question in ordinary words is about: "cours de natation 5 ans". Words and ages, no model."""

import re
from collections.abc import Iterable

from parvis.apps.leisure.queries.catalogue import GroupView
from parvis.apps.leisure.rules.choosing import fits_age
from parvis.lib import words
from parvis.lib.i18n.languages import LANGUAGES

MOST = 6
_AGE = re.compile(r"\b(\d{1,2})\s*(?:ans?|years?|yrs?)\b", re.IGNORECASE)
_GENERIC = """
    libre jeune jeunes petit petits niveau initiation parent enfant enfants adulte adultes suite débutant débutants doux
    nouveaux arrivants téléphone ligne court cours groupe activité semaine active intérieur première premiers avec pour
    with open gentle little first youth level beginner beginners adults child next step newcomers phone line active
    living course class classes group activity week indoor french english school break over
"""
SHORTEST = 4  # letters of a stem that tells anything: "et", "en", "pas" tell nothing
GENERIC = {lang: frozenset(words.stems(_GENERIC, lang)) for lang in LANGUAGES}
"""Stems of titles that say too little by themselves."""


def groups_asked(text: str, groups: Iterable[GroupView]) -> list[GroupView]:
    """Those of the groups that a question is about, the best first, those with places before the others; MOST at most.

    A word of the title of the activity is in the question, and the age said, if any, is within its ages.
    """
    age = _AGE.search(text)
    asked = {
        lang: frozenset(stem for stem in words.stems(text, lang) if len(stem) >= SHORTEST) - GENERIC[lang]
        for lang in LANGUAGES
    }
    scored: list[tuple[int, bool, int, GroupView]] = []
    for view in groups:
        titles = {"fr": view.activity.title_fr, "en": view.activity.title_en}
        score = max(len(asked[lang] & frozenset(words.stems(titles[lang], lang))) for lang in LANGUAGES)
        if score and (age is None or fits_age(int(age[1]), view.min_age, view.max_age)):
            scored.append((-score, view.is_full, len(scored), view))
    best = min((row[0] for row in scored), default=0)
    return [row[3] for row in sorted(scored, key=lambda row: row[:3]) if row[0] == best][:MOST]
