"""The services and their definitions, from the subjects open to requests and their questions."""

from collections import Counter
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import ExampleQuestion, Question, Subject
from parvis.apps.catalogue.queries.question_fields import YES_NO
from parvis.apps.catalogue.queries.subjects import all_routable
from parvis.apps.matching.rules.text import STOPWORDS
from parvis.lib.i18n.languages import Lang, clean
from parvis.lib.ttl_cache import TtlCache
from parvis.lib.words import split, stem
from parvis.surfaces.open311.wire import Items

REALTIME = "realtime"
MOST_KEYWORDS, SHORTEST, TWICE = 12, 4, 2
_Examples = dict[tuple[int, str], list[str]]
_KINDS = {
    Question.Kind.TEXT: "string",
    Question.Kind.LONG: "text",
    Question.Kind.NUMBER: "number",
    Question.Kind.DATE: "datetime",
    Question.Kind.CHOICE: "singlevaluelist",
    Question.Kind.YESNO: "singlevaluelist",
}


def _read_examples() -> _Examples:
    rows: _Examples = {}
    for subject, language, text in ExampleQuestion.objects.values_list("subject", "language", "text"):
        rows.setdefault((subject, language), []).append(text)
    return rows


_examples = TtlCache(_read_examples, 60.0)


def services() -> Items:
    """Every service, by group; two queries at most, cached."""
    lang = clean(get_language())
    subjects = sorted(all_routable(), key=lambda row: (row.group.position, row.group.slug, row.position, row.slug))
    return Items("service", [_service(subject, lang) for subject in subjects])


def _service(subject: Subject, lang: Lang) -> dict[str, Any]:
    return {
        "service_code": subject.slug,
        "service_name": subject.title,
        "description": _description(subject),
        "metadata": bool(subject.questions.all()),
        "type": REALTIME,
        "keywords": ", ".join(keywords(subject, lang)),
        "group": str(subject.group),
    }


def _description(subject: Subject) -> str:
    body = subject.external_body or subject.department
    return _("%(title)s. Handled by: %(department)s.") % {"title": subject.title, "department": body.name}


def keywords(subject: Subject, lang: Lang) -> list[str]:
    """The telling words of the title, then those that come back in the example questions; MOST_KEYWORDS at most."""
    title = _telling(subject.title, lang)
    stems = {stem(word, lang) for word in title}
    examples = _examples().get((subject.pk, lang), [])
    counted = Counter(word for text in examples for word in dict.fromkeys(_telling(text, lang)))
    words = list(dict.fromkeys(title))
    for word, times in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        if times >= TWICE and stem(word, lang) not in stems and len(words) < MOST_KEYWORDS:
            stems.add(stem(word, lang))
            words.append(word)
    return words[:MOST_KEYWORDS]


def _telling(text: str, lang: Lang) -> list[str]:
    return [word for word in split(text) if len(word) >= SHORTEST and word not in STOPWORDS[lang]]


def definition(subject: Subject) -> dict[str, Any]:
    """The definition of a service: its questions in order, numbered from 1."""
    questions = enumerate(subject.questions.all(), start=1)
    attributes = [_attribute(question, order) for order, question in questions]
    return {"service_code": subject.slug, "attributes": Items("attribute", attributes)}


def _attribute(question: Question, order: int) -> dict[str, Any]:
    return {
        "variable": True,
        "code": question.key,
        "datatype": _KINDS[Question.Kind(question.kind)],
        "required": question.required,
        "datatype_description": question.hint,
        "order": order,
        "description": question.label,
        "values": Items("value", [{"key": key, "name": name} for key, name in choices(question)]),
    }


def choices(question: Question) -> list[tuple[str, str]]:
    """The values of a closed question with their names; none for an open one."""
    english = clean(get_language()) == "en"
    if question.kind == Question.Kind.YESNO:
        return [(value, labels[english]) for value, labels in YES_NO.items()]
    if question.kind == Question.Kind.CHOICE:
        return [(str(row["value"]), str(row["en" if english else "fr"])) for row in question.choices]
    return []
