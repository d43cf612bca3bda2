"""Checks messages sent to several citizens: they name none of them, and every placeholder has a value for each."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.rules.naming import Reader, mention
from parvis.apps.cases.rules.placeholders import hole_name, holes_of
from parvis.apps.cases.services.filling import values_for
from parvis.apps.cases.services.merging.merge_propagation import merged_descendants
from parvis.apps.directory.models import User
from parvis.apps.residents.models import PhoneNumber
from parvis.lib.errors import Invalid
from parvis.lib.i18n.languages import clean


def refuse_words(case: Case, by: User, **typed: str) -> None:
    """Raises Invalid, by field of `typed`, for words sent to the citizens of this case and of those merged into it.

    They may contain neither a recipient's name, phone, e-mail or reference, nor a placeholder without a value for one.
    """
    cases = [case, *merged_descendants(case)]
    errors = {field: text for field, words in typed.items() if (text := _empty_hole(cases, words, by))}
    recipients = {each.person.canonical.pk if each.person else -each.pk for each in cases}
    if len(recipients) > 1:
        readers = _readers(cases)
        errors |= {field: text for field, words in typed.items() if (text := _personal_words(readers, words))}
    if errors:
        raise Invalid(next(iter(errors.values())), errors)


def refuse_empty_holes(case: Case, by: User, **typed: str) -> None:
    """Raises Invalid, by field of `typed`, for a placeholder without a value in words sent for this case alone."""
    errors = {field: text for field, words in typed.items() if (text := _empty_hole([case], words, by))}
    if errors:
        raise Invalid(next(iter(errors.values())), errors)


def _readers(cases: list[Case]) -> list[Reader]:
    people = {case.pk: [case.person, case.person.canonical] for case in cases if case.person}
    phones: dict[int, set[str]] = {}
    person_ids = {person.pk for files in people.values() for person in files}
    for person_id, number in PhoneNumber.objects.filter(person__in=person_ids).values_list("person", "number"):
        phones.setdefault(person_id, set()).add(number.lstrip("+"))
    return [
        Reader(
            names=frozenset({person.name for person in people.get(case.pk, [])} | {case.on_behalf_of} - {""}),
            emails=frozenset(person.email for person in people.get(case.pk, []) if person.email),
            phones=frozenset(number for person in people.get(case.pk, []) for number in phones.get(person.pk, ())),
            reference=case.reference,
        )
        for case in cases
    ]


def _personal_words(readers: list[Reader], words: str) -> str:
    found = next((found for reader in readers if (found := mention(words, reader))), None)
    if found is None:
        return ""
    if not found.hole:
        text = _("Line %(line)d: “%(words)s” is one person's own, and others read these words. Take it out.")
        return text % {"line": found.line, "words": found.words}
    text = _(
        "Line %(line)d: “%(words)s” is one person's own, and others read these words. Write %(hole)s in its place:"
        " each reads their own."
    )
    return text % {"line": found.line, "words": found.words, "hole": hole_name(found.hole, _lang())}


def _empty_hole(cases: list[Case], words: str, by: User) -> str:
    holes = holes_of(words)
    for case in cases if holes else ():
        values = values_for(case, by, "fr")
        if missing := next((hole for hole in holes if not values[hole]), ""):
            text = _("Nothing fills %(hole)s for %(ref)s: write these words without it.")
            return text % {"hole": hole_name(missing, _lang()), "ref": case.reference}
    return ""


def _lang() -> str:
    return clean(get_language())
