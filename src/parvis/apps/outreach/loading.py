"""Loads the templates of messages that a town begins with."""

from collections.abc import Iterator, Sequence

from parvis.apps.outreach.models import Template
from parvis.apps.outreach.rules.content import AGENTS, BASE, SHORT, Words
from parvis.apps.outreach.schemas import MessageTemplateData
from parvis.apps.outreach.services.drafts import MessageDraft
from parvis.lib.clock import now
from parvis.lib.database.upsert import UpsertCounts
from parvis.lib.i18n.languages import LANGUAGES


def load_message_templates(*, templates: Sequence[MessageTemplateData]) -> UpsertCounts:
    """Creates the templates never loaded before; those removed by people stay so."""
    loaded = set(Template.objects.exclude(key="").values_list("key", flat=True))
    moment = now()
    new = [
        Template(key=row.key, name=row.name, content=_draft(row).to_json(), created_at=moment)
        for row in templates
        if row.key not in loaded
    ]
    Template.objects.bulk_create(new)
    return UpsertCounts(created=len(new))


def _draft(row: MessageTemplateData) -> MessageDraft:
    versions = dict(_versions(row))
    return MessageDraft(kind=row.kind, urgency=row.urgency, channels=row.channels, versions=versions)


def _versions(row: MessageTemplateData) -> Iterator[tuple[tuple[str, str], Words]]:
    for code in LANGUAGES:
        title, text, short, say = (part.by_language[code] for part in (row.title, row.text, row.short, row.say))
        yield (BASE, code), Words(title, text)
        yield (SHORT, code), Words("", short)
        if say:
            yield (AGENTS, code), Words("", say)
