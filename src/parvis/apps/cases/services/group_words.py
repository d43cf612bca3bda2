"""Words that every citizen of a group reads: none of them is named, and each hole has something to fill it."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.filling import values_for
from parvis.apps.cases.models import Case
from parvis.apps.cases.naming import Reader, mention
from parvis.apps.cases.placeholders import hole_name, holes_of
from parvis.apps.cases.services.merge_propagation import beneath
from parvis.apps.directory.models import User
from parvis.apps.residents.models import PhoneNumber
from parvis.lib.errors import Invalid
from parvis.lib.languages import clean


def refuse_words(case: Case, by: User, **typed: str) -> None:
    """Raises Invalid, beside each field of `typed`, for words told to all those whose request is in this group.

    They may not name one of those who read them, nor give their number, their e-mail address or the number of their
    request; and what nothing fills for one of them may not be left to be filled.
    """
    readers = [case, *beneath(case)]
    wrong = {field: text for field, words in typed.items() if (text := _empty_hole(readers, words, by))}
    if (
        len(readers) > 1
        and len({reader.person.canonical.pk if reader.person else -reader.pk for reader in readers}) > 1
    ):
        who = _readers(readers)
        wrong |= {field: text for field, words in typed.items() if (text := _naming(who, words))}
    if wrong:
        raise Invalid(next(iter(wrong.values())), wrong)


def refuse_empty_holes(case: Case, by: User, **typed: str) -> None:
    """Raises Invalid, beside each field of `typed`, for a hole that nothing fills in words told for this case alone."""
    wrong = {field: text for field, words in typed.items() if (text := _empty_hole([case], words, by))}
    if wrong:
        raise Invalid(next(iter(wrong.values())), wrong)


def _readers(cases: list[Case]) -> list[Reader]:
    people = {case.pk: [case.person, case.person.canonical] for case in cases if case.person}
    phones: dict[int, set[str]] = {}
    asked = {person.pk for both in people.values() for person in both}
    for person, number in PhoneNumber.objects.filter(person__in=asked).values_list("person", "number"):
        phones.setdefault(person, set()).add(number.lstrip("+"))
    return [
        Reader(
            names=frozenset({person.name for person in people.get(case.pk, [])} | {case.on_behalf_of} - {""}),
            emails=frozenset(person.email for person in people.get(case.pk, []) if person.email),
            phones=frozenset(number for person in people.get(case.pk, []) for number in phones.get(person.pk, ())),
            reference=case.reference,
        )
        for case in cases
    ]


def _naming(readers: list[Reader], words: str) -> str:
    result = next((one for reader in readers if (one := mention(words, reader))), None)
    if result is None:
        return ""
    said = {"line": result.line, "words": result.words, "hole": hole_name(result.hole, _lang()) if result.hole else ""}
    if result.hole:
        text = _(
            "Line %(line)d: “%(words)s” is one person's own, and others read these words. Write %(hole)s in its place:"
            " each reads their own."
        )
    else:
        text = _("Line %(line)d: “%(words)s” is one person's own, and others read these words. Take it out.")
    return text % said


def _empty_hole(readers: list[Case], words: str, by: User) -> str:
    holes = holes_of(words)
    for case in readers if holes else ():
        values = values_for(case, by, "fr")
        if missing := next((hole for hole in holes if not values[hole]), ""):
            said = {"hole": hole_name(missing, _lang()), "ref": case.reference}
            return _("Nothing fills %(hole)s for %(ref)s: write these words without it.") % said
    return ""


def _lang() -> str:
    return clean(get_language())
