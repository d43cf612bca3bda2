"""What a reader sees of an answer: only values that may be told, in the reader's language, safely."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from parvis.apps.content.models import Answer, AudienceVariant
from parvis.apps.content.queries import answers
from parvis.apps.content.queries.rendering import Rendered
from tests.content.makers import DAY, draft_answer, make_fact, publish_answer
from tests.factories import SmallTown

IN_FORCE = 5  # notices, road notices, the winter rule, changes and dates of collections: once a second

STATES: dict[str, dict[str, Any]] = {
    "ok": {},
    "example": {"example": True, "verified_on": None},
    "unverified": {"verified_on": None},
    "lapsed": {"valid_to": date(2025, 12, 31)},
    "lapsed example": {"valid_to": date(2025, 12, 31), "example": True},
    "not begun": {"valid_from": date(2027, 1, 1)},
    "missing": {},
}

TOLD = {
    ("ok", "fr"): ("42,50\u00a0$", "<b>42,50\u00a0$</b>"),
    ("ok", "en"): ("$42.50", "<b>$42.50</b>"),
}
IN_DEMO = TOLD | {
    ("example", "fr"): ("42,50\u00a0$ (exemple)", '<b>42,50\u00a0$</b> <span class="tag sample">exemple</span>'),
    ("example", "en"): ("$42.50 (example)", '<b>$42.50</b> <span class="tag sample">example</span>'),
    ("unverified", "fr"): (
        "42,50\u00a0$ (à confirmer)",
        '<b>42,50\u00a0$</b> <span class="tag sample">à confirmer</span>',
    ),
    ("unverified", "en"): (
        "$42.50 (to be confirmed)",
        '<b>$42.50</b> <span class="tag sample">to be confirmed</span>',
    ),
}
NOT_TOLD = {
    "fr": ("à vérifier", '<b class="to-check">à vérifier</b>'),
    "en": (
        "to be checked",
        '<b class="to-check">to be checked</b>',
    ),
}


def everything(seen: Rendered) -> str:
    """Everything that a screen may show of a rendered answer, except names and dates."""
    parts = [seen.title, seen.summary, seen.short.plain, seen.short.html, seen.body_html]
    for words in (*seen.documents, *seen.fees, *seen.ask, *seen.avoid, *seen.pass_on):
        parts += [words.plain, words.html]
    for step in seen.steps:
        parts += [step.title.plain, step.title.html, step.text.plain, step.text.html]
    parts += [f"{fact.shown} {fact.mark}" for fact in seen.facts]
    return "\n".join(parts)


@pytest.fixture
def answer(town: SmallTown) -> Answer:
    texts = {
        f"{name}_{lang}": "Coût: {fact:tarif}"
        for name in ("title", "short", "summary", "steps", "documents", "fees", "ask", "avoid", "pass_on")
        for lang in ("fr", "en")
    }
    bodies = {f"body_{lang}": "<p>Coût: {fact:tarif}</p>" for lang in ("fr", "en")}
    answer = draft_answer(town.shed, town.planning, facts="tarif", **texts, **bodies)
    answer.save()
    return answer


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("demo", [True, False], ids=["demo", "real"])
@pytest.mark.parametrize("state", STATES)
def test_a_value_is_told_only_when_it_may_be(
    town: SmallTown, answer: Answer, state: str, demo: bool, lang: str
) -> None:
    if state != "missing":
        make_fact("tarif", town.planning, **STATES[state])

    rendered = answers.render(answer, lang, demo=demo, today=DAY)

    plain, html = (IN_DEMO if demo else TOLD).get((state, lang), NOT_TOLD[lang])
    assert rendered.short.plain == f"Coût: {plain}"
    assert rendered.short.html == f"Coût: {html}"
    assert rendered.title == rendered.summary == f"Coût: {plain}"
    assert rendered.body_html == f"<p>Coût: {html}</p>"
    assert [str(words) for words in rendered.fees] == [f"Coût: {plain}"]
    is_told = (state, lang) in (IN_DEMO if demo else TOLD)
    assert rendered.facts[0].told is is_told
    assert ("42" in everything(rendered)) is is_told
    assert [fact.key for fact in rendered.to_check] == ([] if is_told else ["tarif"])


def test_statuses_are_named_and_kept_with_what_was_given(town: SmallTown) -> None:
    facts = {name: make_fact(name.replace(" ", "-"), town.planning, **values) for name, values in STATES.items()}
    keys = "\n".join(fact.key for fact in facts.values())
    rendered = answers.render(
        draft_answer(town.shed, town.planning, facts=f"{keys}\ninconnu"), "fr", demo=False, today=DAY
    )

    assert [fact.status for fact in rendered.facts] == [
        *("ok", "example", "unverified", "lapsed", "lapsed", "missing", "ok", "missing"),
    ]
    assert rendered.given_facts[0] == {
        "id": facts["ok"].pk,
        "key": "ok",
        "status": "ok",
        "shown": "42,50\u00a0$",
    }
    assert rendered.given_facts[-1] == {"id": None, "key": "inconnu", "status": "missing", "shown": "à vérifier"}


@pytest.mark.parametrize(
    ("kind", "value", "french", "english"),
    [
        ("money", 123450, "1\u00a0234,50\u00a0$", "$1,234.50"),
        ("date", "2026-05-01", "1er\u00a0mai 2026", "May\u00a01, 2026"),
        ("time", "16:30", "16\u00a0h\u00a030", "4:30\u00a0p.m."),
        ("length", 0.6, "60\u00a0cm", "60\u00a0cm"),
        ("area", 11.15, "11,15\u00a0m²", "11.15\u00a0m²"),
        ("count", 1200, "1\u00a0200", "1,200"),
        ("percent", 12.5, "12,5\u00a0%", "12.5%"),
        ("phone", "+14506581066", "450\u00a0658-1066", "450\u00a0658-1066"),
        ("text", {"fr": "un par terrain", "en": "one per lot"}, "un par terrain", "one per lot"),
        ("text", {"fr": "un par terrain"}, "un par terrain", "un par terrain"),
        ("list", {"fr": ["le verre", "le métal"], "en": ["glass", "metal"]}, "le verre et le métal", "glass and metal"),
        ("hours", {"fr": ["de 8 h à 12 h"], "en": ["8 a.m. to noon"]}, "de 8 h à 12 h", "8 a.m. to noon"),
    ],
)
def test_each_kind_is_written_in_the_language_of_the_reader(
    town: SmallTown, kind: str, value: Any, french: str, english: str
) -> None:
    make_fact("f", town.planning, kind=kind, value=value)
    shown = {lang: answers.show_facts(["f"], lang, today=DAY)["f"].shown for lang in ("fr", "en")}
    assert shown == {"fr": french, "en": english}


@pytest.mark.parametrize(("kind", "value"), [("money", "gratuit"), ("date", "demain"), ("text", {}), ("length", None)])
def test_a_value_that_cannot_be_read_is_to_be_checked(town: SmallTown, kind: str, value: Any) -> None:
    make_fact("f", town.planning, kind=kind, value=value if value is not None else [])
    shown = answers.show_facts(["f"], "fr", today=DAY)["f"]
    assert (shown.shown, shown.status, shown.told) == ("à vérifier", "missing", False)


def test_a_value_that_begins_a_sentence_begins_with_a_capital(town: SmallTown) -> None:
    make_fact("jour", town.works, kind="text", value={"fr": "le mercredi", "en": "on Wednesday"})
    texts = {"short_fr": "{fact:jour}, avant midi. {fact:jour} aussi {fact:jour}. {fact:parti} ici."}
    texts["body_fr"] = "<p>Un. <b>{fact:jour}</b></p><ul><li>{fact:jour}</li></ul>"
    rendered = answers.render(draft_answer(town.shed, town.works, **texts), "fr", today=DAY)
    assert rendered.short.plain == "Le mercredi, avant midi. Le mercredi aussi le mercredi. À vérifier ici."
    assert rendered.body_html.count("Le mercredi") == 2


def test_nothing_typed_by_an_editor_or_kept_as_a_value_becomes_markup(town: SmallTown) -> None:
    make_fact("f", town.works, kind="text", value={"fr": '<img src=x onerror="alert(1)">'})
    rendered = answers.render(
        draft_answer(
            town.shed,
            town.works,
            short_fr="<script>a</script> {fact:f}",
            fees_fr="<b>gras</b>",
            body_fr='<p onclick="x">a<script>alert(1)</script><a href="javascript:x" title="{fact:f}">b</a>'
            '<a href="https://exemple.ca/?a=1&amp;b={fact:f}">c</a> {fact:f}</p>',
        ),
        "fr",
        today=DAY,
    )
    html = rendered.short.html + rendered.fees[0].html + rendered.body_html
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>gras" not in html
    assert "onclick" not in html
    assert "javascript:" not in html
    assert 'href="https://exemple.ca/?a=1&amp;b={fact:f}"' in rendered.body_html


def test_what_was_published_in_the_evening_bears_the_date_of_that_day(town: SmallTown) -> None:
    answer = publish_answer(town.shed, town.planning)
    answer.last_published_at = datetime(2026, 11, 27, 1, 3, tzinfo=UTC)  # eight in the evening, the day before
    answer.save()
    assert answers.render(answer, "fr").published_on == date(2026, 11, 26)


def test_a_missing_translation_is_given_in_french_and_says_so(town: SmallTown) -> None:
    make_fact("tarif", town.works)
    texts = {"short_fr": "Coût: {fact:tarif}", "short_en": "", "title_en": "", "fees_en": "None."}
    answer = draft_answer(town.shed, town.works, **texts)
    rendered = answers.render(answer, "en", today=DAY)
    assert rendered.missing_translation
    assert (rendered.short.lang, rendered.short.plain) == ("fr", "Coût: 42,50\u00a0$")
    assert rendered.title == "Cabanon"
    assert rendered.fees[0].lang == "en"
    assert not answers.render(answer, "fr", today=DAY).missing_translation


def test_an_audience_hears_its_own_words_where_they_differ(town: SmallTown) -> None:
    answer = draft_answer(town.shed, town.works)
    answer.audience_variants = [AudienceVariant(audience="merchant", short_fr="Pas de permis en commerce.")]
    answer.save()
    spoken = {who: answers.render(answer, "fr", audience=who, today=DAY).short.plain for who in ("merchant", "owner")}
    assert spoken == {"merchant": "Pas de permis en commerce.", "owner": "Il faut un permis."}


def test_steps_links_and_lists_are_read_line_by_line(town: SmallTown) -> None:
    rendered = answers.render(
        draft_answer(
            town.shed,
            town.works,
            steps_fr="Dessinez | Sur une copie.\n\nAttendez",
            links_fr="Ville | https://ville.exemple.ca\nhttps://autre.exemple.ca",
            documents_fr=" Plan \n\nCertificat",
            related="garage\n\npiscine",
        ),
        "fr",
        today=DAY,
    )
    steps = [(step.title.plain, step.text.plain) for step in rendered.steps]
    assert steps == [("Dessinez", "Sur une copie."), ("Attendez", "")]
    assert [link.url for link in rendered.links] == ["https://ville.exemple.ca", "https://autre.exemple.ca"]
    assert [str(words) for words in rendered.documents] == ["Plan", "Certificat"]
    assert rendered.related == ["garage", "piscine"]


def test_the_stamp_changes_with_what_is_seen_and_only_then(town: SmallTown) -> None:
    fact = make_fact("tarif", town.works)
    answer = draft_answer(town.shed, town.works, short_fr="Coût: {fact:tarif}")
    first = answers.render(answer, "fr", today=DAY).stamp
    assert answers.render(answer, "fr", today=DAY).stamp == first
    fact.value = 5000
    fact.save()
    assert answers.render(answer, "fr", today=DAY).stamp != first


@pytest.mark.parametrize("how_many", [1, 40])
def test_rendering_costs_the_same_queries_whatever_the_number_of_facts(
    town: SmallTown, how_many: int, django_assert_num_queries: Any
) -> None:
    keys = [f"tarif.{n}" for n in range(how_many)]
    for key in keys:
        make_fact(key, town.works)
    texts = " ".join(f"{{fact:{key}}}" for key in keys)
    publish_answer(town.shed, town.works, short_fr=texts, fees_fr="\n".join(texts.split()), facts="\n".join(keys))
    with django_assert_num_queries(3 + IN_FORCE):
        answer = answers.current_answer("cabanon")
        assert answer is not None
        assert len(answers.render(answer, "fr", today=DAY).used) == how_many
