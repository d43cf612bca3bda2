"""Immediate danger is detected however it is told, and only then: by the product's rules, then by the town's engine."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parvis.apps.content.models import Danger
from parvis.apps.content.rules.help_lines import GAS, POISON, SUICIDE
from parvis.apps.content.services.content import bump_edition
from parvis.apps.matching.queries import as_json, asking, suggesting
from parvis.apps.matching.rules.danger.emergencies import detect
from tests.factories import SmallTown

MESSAGES = Path(__file__).parent / "messages"


def messages(name: str) -> Iterator[dict[str, Any]]:
    for line in (MESSAGES / name).read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


@pytest.mark.parametrize(
    "text",
    [
        "ma mère a fait un AVC",
        "ma mere fait un avc",
        "911",
        "au secours",
        "je suis pris dans l'ascenseur",
        "l'ascenseur est bloqué, ma mère est dedans",
        "stuck in the elevator",
        "si votre inspecteur revient, y va le regretter, y va sortir sur une civière",
        "he will regret it, he'll leave on a stretcher",
        "overdose",
        "un fil d'hydro qui pend",
        "un arbre est tombé sur un fil",
        "ma fille s'est empoisonnée",
        "mon enfant a bu de l'eau de Javel",
        "my child drank bleach",
    ],
)
def test_a_danger_said_in_few_words_is_heard(text: str) -> None:
    assert detect(text).families, text


@pytest.mark.parametrize(
    "text",
    [
        "en passant, ça sent le gaz chez le voisin; c'est quand la collecte?",
        "mon père est tombé, il répond pas trop",
        "je voulais vous dire adieu, merci pour tout",
        "vous n'entendrez plus parler de moi",
        "goodbye, you won't hear from me again",
        "je veux mourir ce soir",
        "La vie ne vaut plus la peine. Merci pour le déneigement.",
        "merci pour tout, prenez soin de mon chat",
        "Merci pour tout. Prenez soin de mon chat.",
        "Thank you for everything. Please take care of my dog.",
        "j'appelais pour mon permis, mais là je vois des flammes sur le toit du voisin",
    ],
)
def test_a_danger_told_in_passing_understated_or_as_a_farewell_is_heard(text: str) -> None:
    assert detect(text).families, text


@pytest.mark.parametrize(
    "text",
    [
        "ma mère a fait un AVC l'an dernier, a-t-elle droit à l'aide au déneigement",
        "mon détecteur de fumée bat faible",
        "la borne-fontaine coule",
        "à quelle heure sont les feux d'artifice",
        "le feu de circulation est brûlé",
        "mon fil internet est tombé",
        "le fil d'attente est long",
        "adieu mon sapin, c'est quand la collecte",
        "on est morts de froid à l'aréna",
        "le lampadaire est mort",
        "l'ascenseur de l'hôtel de ville est en panne",
        "Merci pour tout! Prenez soin de vous.",
        "Merci pour tout. Au camp, vous prenez soin de mes enfants.",
        "vous allez le regretter aux élections",
        "ça me tue de payer autant de taxes",
        "vos taxes vont me tuer",
        "mon détecteur de fumée n'a pas de pile, pas de feu ici",
        "",
    ],
)
def test_what_only_sounds_like_a_danger_alarms_nobody(text: str) -> None:
    assert detect(text).families == (), text


@pytest.mark.parametrize(
    "text",
    [
        "Is there a barbecue rule? My balcony is on fire.",
        "Quel permis pour un foyer extérieur? Au fait mon balcon est en feu.",
        "The school bus tipped over in the ditch on the main road",
        "y'a un gars avec une machette dans le parc, à part ça quand ouvre la patinoire",
    ],
)
def test_another_question_of_the_message_silences_no_danger(text: str) -> None:
    assert detect(text).families, text


@pytest.mark.parametrize(
    "text", ["y a-t-il un numéro si jamais ça sent le gaz?", "what number do I call if I ever smell gas"]
)
def test_what_may_happen_one_day_is_only_a_caution(text: str) -> None:
    heard = detect(text)
    assert heard.families == () and heard.doubtful


@pytest.mark.parametrize("split", ["tune", "held-out"])
def test_nine_dangers_in_ten_are_heard_and_few_calm_messages_alarm(split: str) -> None:
    detected, of = Counter[bool](), Counter[bool]()
    for message in messages("danger-told.jsonl"):
        if message["split"] == split:
            of[message["danger"]] += 1
            detected[message["danger"]] += bool(detect(message["text"]).families)
    assert of[True] > 70 and of[False] > 80
    assert detected[True] / of[True] >= 0.9
    assert detected[False] / of[False] <= 0.04


def test_no_routine_message_alarms() -> None:
    assert [message["text"] for message in messages("questions-dev.jsonl") if detect(message["text"]).families] == []


def test_a_long_message_without_end_is_read_quickly_and_whole_words_only() -> None:
    assert detect("tomb" * 5000).families == ()
    assert detect(("bonjour, " * 200) + "il y a le feu dans ma cuisine").families


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("mon enfant a bu de l'eau de Javel", POISON.number),
        ("overdose", POISON.number),
        ("je voulais vous dire adieu, merci pour tout", SUICIDE.number),
        ("I can't go on anymore", SUICIDE.number),
        ("merci pour tout, prenez soin de mon chat", SUICIDE.number),
        ("ça sent le gaz dans la cuisine", GAS.number),
    ],
)
def test_the_line_that_helps_is_given_beside_911_even_when_the_town_lists_no_word(
    town: SmallTown, text: str, number: str
) -> None:
    danger = asking.ask(text).danger
    assert danger is not None and danger.phone == "911" and danger.say
    assert [line.number for line in danger.lines] == [number]


def test_a_farewell_told_only_by_the_examples_of_the_town_gives_the_line_of_suicide(town: SmallTown) -> None:
    same = "prenez soin de mes plantes quand la nuit sera finie pour toujours"
    Danger.objects.create(
        say_fr="Restez.", say_en="Stay.", examples_fr=[same, "mes adieux sont écrits, prenez soin de mes plantes"]
    )
    bump_edition()
    danger = asking.ask(same).danger
    assert danger is not None and [line.number for line in danger.lines] == [SUICIDE.number]


def test_someone_caught_in_a_lift_is_given_neither_the_line_of_poison_nor_that_of_suicide(town: SmallTown) -> None:
    Danger.objects.create(
        say_fr="Appelez le 911.",
        say_en="Call 911.",
        examples_fr=["je suis pris dans l'ascenseur pis je respire mal", "mon fils a avalé des pilules", "adieu"],
    )
    bump_edition()
    for text in ("pris dans l'ascenseur", "mon père est coincé dans l'ascenseur", "stuck in the elevator"):
        danger = asking.ask(text).danger
        assert danger is not None and danger.lines == (), text


def test_a_line_is_given_for_the_meaning_alone_only_when_the_closest_examples_agree_on_it(town: SmallTown) -> None:
    same = "le plancher de la galerie penche avec toute ma parenté"
    Danger.objects.create(
        say_fr="Restez.",
        say_en="Stay.",
        examples_fr=[same, "la galerie du bloc penche", "adieu, ma parenté, merci pour tout"],
    )
    bump_edition()
    danger = asking.ask(same).danger
    assert danger is not None and danger.lines == ()


@pytest.mark.parametrize("text", ["ça sent le gaz dans le sous-sol", "we smell gas", "le détecteur de monoxyde sonne"])
def test_who_smells_gas_is_told_to_go_out_first(town: SmallTown, text: str) -> None:
    Danger.objects.create(say_fr="Composez le 911, je reste avec vous.", say_en="Call 911, I am staying with you.")
    bump_edition()
    danger = asking.ask(text).danger
    assert danger is not None and danger.phone == "911"
    assert "Sortez tout de suite" in danger.say or "Go outside right now" in danger.say
    assert "je reste" not in danger.say and "I am staying" not in danger.say


def test_programs_are_given_911_first_for_gas(town: SmallTown) -> None:
    assert as_json.ask_as_json("ça sent le gaz")["door"]["phone"] == "911"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Bonjour. J’ai bien peur, mais ça sent le gaz ici!", ["sent le gaz"]),
        ("Merci pour tout. Prenez soin de mon chat.", ["Merci pour tout", "Prenez soin de mon chat"]),
        (
            "La vie ne vaut plus la peine, et j'ai plus envie de vivre.",
            ["vie ne vaut plus la peine", "plus envie de vivre"],
        ),
        ("l'éclairage est beau", []),
    ],
)
def test_where_a_message_tells_of_the_danger_is_known(text: str, told: list[str]) -> None:
    assert [text[start:end] for start, end in detect(text).places] == told


def test_under_a_danger_nothing_else_is_put_forward(town: SmallTown) -> None:
    resolution = asking.ask("ma mère fait un AVC, le lampadaire est éteint et c'est quand la collecte?")
    assert resolution.danger is not None and not resolution.sure and resolution.kind == "none"
    assert (resolution.answer, resolution.way, resolution.clarify, resolution.other, resolution.parts) == (
        None,
        None,
        None,
        None,
        (),
    )
    suggested = suggesting.suggest("ma mère fait un AVC, le lampadaire est éteint")
    assert (suggested.to_read, suggested.other, suggested.clarify) == ("", None, None)


def test_whoever_says_that_nobody_is_in_danger_goes_on_with_a_caution(town: SmallTown) -> None:
    suggestion = suggesting.suggest("le lampadaire est tombé, au secours", nobody_in_danger=True)
    assert suggestion.danger is None and suggestion.caution
