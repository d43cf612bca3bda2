"""Reading content: answers rendered with today's facts, subjects, notices, boil-water advisories."""

from parvis.apps.content.queries.address import AddressDay, advisories_at, at_address
from parvis.apps.content.queries.advisories import advisories_in_force, advisories_on
from parvis.apps.content.queries.answers import (
    EXPIRES_WITHIN,
    Opinions,
    audiences_of,
    cache_key,
    card,
    current_answer,
    differs_by_area,
    edition,
    facts_at,
    facts_to_mend,
    families,
    live_revision,
    opinions_of,
    published,
    render,
    show_facts,
    subject,
)
from parvis.apps.content.queries.facts import facts_current
from parvis.apps.content.queries.snapshot import ExternalBody, Family, NextDate, SubjectCard
from parvis.apps.content.queries.water import WaterAnswer, water_answer
