"""Whether English may be used, and whether a correction reaches more people. Pure."""

from parvis.apps.directory.rules.language_policy import LanguageRule
from parvis.apps.outreach.rules.content import Content, Urgency

_GRAVITY = (Urgency.NORMAL, Urgency.URGENT, Urgency.EMERGENCY)


def english_refused(content: Content, rule: LanguageRule, reason: str) -> bool:
    """Whether English is written without being allowed: the town's rule, health and safety, or a reason of the town
    (Charter of the French language, ss. 13.1, 22 and 29.15).
    """
    written = any(lang == "en" and (words.title or words.text) for (_, lang), words in content.versions.items())
    if not written or rule.status == "open" or content.is_safety:
        return False
    return rule.status == "off" or rule.ground(reason) is None


def widened(before: Content, after: Content) -> list[str]:
    """The settings by which a correction reaches more people, or more gravely, than what was published: "channels",
    "sectors" (its sectors and streets; none at all is the whole town), "subject" (that of others,
    or of all), "urgency", "kind".
    """
    area = {*(("sector", pk) for pk in before.sectors), *(("street", pk) for pk in before.streets)}
    wider = {*(("sector", pk) for pk in after.sectors), *(("street", pk) for pk in after.streets)}
    found = {
        "channels": not set(after.channels) <= set(before.channels),
        "sectors": bool(area) and (not wider or not wider <= area),
        "subject": before.subject_id is not None and after.subject_id != before.subject_id,
        "urgency": _GRAVITY.index(Urgency(after.urgency)) > _GRAVITY.index(Urgency(before.urgency)),
        "kind": after.is_safety and not before.is_safety and after.urgency == before.urgency,
    }
    return [name for name, wide in found.items() if wide]
