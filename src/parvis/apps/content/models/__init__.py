"""Tables of answers, facts, notices and the town's own vocabulary."""

from parvis.apps.content.models.answers import (
    LINES,
    TEXTS,
    Answer,
    AudienceVariant,
    ContentVersion,
    Danger,
    DisambiguationGroup,
    Fact,
    Guide,
    OutOfScopeExample,
    OutOfScopeTopic,
    Publication,
    Synonym,
    Usefulness,
    problems_of,
    unknown_keys,
    verdict_problems,
)
from parvis.apps.content.models.facts import CONTENT, FactContent, FactProposal
from parvis.apps.content.models.notices import Notice
