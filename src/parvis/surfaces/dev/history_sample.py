"""The contact history of an invented person, for the design system's pages."""

from datetime import timedelta

from django.utils.translation import pgettext

from parvis.apps.intake.queries.contact_history import AnswerThen, ContactHistory, ContactThen, FactThen, MatterThen
from parvis.lib import clock


def history() -> ContactHistory:
    """One contact with one answer: a fact that changed since, one now withheld, one unchanged."""
    at = clock.now() - timedelta(days=40)
    facts = [
        FactThen(pgettext("sample", "Fee of the permit"), "42,50\u00a0$", "50\u00a0$"),
        FactThen(pgettext("sample", "Time to get it"), pgettext("sample", "ten days"), ""),
        FactThen(pgettext("sample", "Area without a permit"), "15\u00a0m²", "15\u00a0m²"),
    ]
    words = pgettext("sample", "Yes, a permit is needed. It costs 42,50\u00a0$, and takes ten days.")
    answer = AnswerThen(words=words, lang="fr", at=at, rewritten=True, facts=facts)
    matter = MatterThen(
        subject=pgettext("sample", "Shed"),
        words=pgettext("sample", "shed 10x12"),
        outcome=pgettext("sample", "Answered"),
        reference="",
        answers=[answer],
    )
    return ContactHistory(contacts=[ContactThen(at, pgettext("sample", "Phone"), "Nathalie Roy", [matter])])
