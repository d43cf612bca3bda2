"""Letters about a case or an incident, by e-mail or on paper."""

from parvis.apps.cases.letters.cases import (
    RENDERERS,
    answered,
    asked,
    closed,
    informed,
    link,
    new_date,
    receipt,
    recounted,
    renderer_of,
    renderers,
    reopened,
    thanked,
    unmerged,
    visit,
)
from parvis.apps.cases.letters.incident_letters import NEWS_RENDERER, news, report_url
from parvis.apps.cases.letters.postal_letters import (
    by_ids,
    language_of,
    last_line_of,
    person_of,
    posted_lately,
    to_print,
    words_of,
)
