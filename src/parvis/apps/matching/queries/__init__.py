"""Finding what words are about: suggestions, the decision for a question, dangers, the glossary."""

from parvis.apps.matching.queries.alarm import Danger
from parvis.apps.matching.queries.as_json import ask_as_json
from parvis.apps.matching.queries.asking import Clarify, Resolution, ask
from parvis.apps.matching.queries.finding import (
    IN_DANGER,
    NO_ANSWER,
    OFFERED,
    PERHAPS_ANOTHER,
    UNSURE,
    Found,
    find,
)
from parvis.apps.matching.queries.suggesting import (
    MOST_OTHERS,
    Part,
    danger_in,
    forget,
    nearest_of,
    other_of,
    parts_of,
    plain_danger,
    siblings_of,
    suggest,
    title_of,
    verdict_of,
    with_verdict,
)
from parvis.apps.matching.queries.suggestions import POSSIBLE, SURE, TELLABLE, SuggestedSubject, Suggestion
from parvis.apps.matching.queries.targets import Other
