"""`parvis ask` says to a person what the page of the site says, and is as unsure as it is."""

import re
from collections import Counter
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext as _
from pytest_django import Settings

from parvis.apps.catalogue.models import ExampleQuestion
from parvis.apps.matching.queries import suggesting
from parvis.cli.main import main
from parvis.operations.town import load
from tests.town.conftest import CARIGNAN, VILLAGE

pytestmark = pytest.mark.django_db

VAGUE = {
    "fr": [
        *("prix du permis abri dauto", "permis", "bac", "c'est brisé", "asdf qwer zxcv", "carte soleil perdue"),
        *("la banque a refusé ma demande de carte de crédit, pourquoi", "la maison est en feu", "neige", "taxes"),
        *("qui appeler si jamais ça sent le gaz", "faut-il faire bouillir l'eau", "rue", "chien", "bruit la nuit"),
    ],
    "en": [
        *("permit price carport", "permit", "bin", "it is broken", "asdf qwer zxcv", "lost health card", "snow"),
        *("the house is on fire", "do I have to boil the water", "dog", "noise at night", "taxes", "street"),
    ],
}
EXAMPLES = 25  # of the town's own ways of asking, in each language


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def titles_in(html: str) -> list[str]:
    """The choices that a page offers when it is not sure."""
    return [text_of(one) for one in re.findall(r"<b>(.*?)</b>", html.partition('class="choice-list"')[2], re.DOTALL)]


@pytest.mark.parametrize("folder", [CARIGNAN, VILLAGE], ids=lambda folder: folder.name)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_command_answers_offers_and_declines_as_the_page_does(
    folder: Path, lang: str, settings: Settings, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.PARVIS_NOW, settings.PARVIS_ENCODER = "2026-11-24T10:00:00-05:00", "none"
    load.load(folder, demo=True)
    suggesting.forget()
    ways = ExampleQuestion.objects.filter(language=lang).order_by("pk").values_list("text", flat=True)
    every = max(1, len(ways) // EXAMPLES)
    met = Counter[str]()
    for question in [*VAGUE[lang], *ways[::every][:EXAMPLES]]:
        html = client.get("/", {"q": question, "langue": lang}).content.decode()
        heading = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
        assert heading, question
        title = text_of(heading[1])
        capsys.readouterr()
        assert main(["ask", "--lang", lang, question]) == 0
        said = capsys.readouterr().out
        offered = re.findall(r"^    \d+\. (.+)$", said, re.MULTILINE)
        verdict = verdict_of(title, lang)
        met[verdict] += 1
        if verdict == "danger":
            assert not said.startswith("[") and not offered, question
        elif verdict == "unsure":
            assert "\n  ? " in said and "\n  -> " not in said.partition("\n  ? ")[0], question
            assert offered and [text_of(one) for one in offered] == titles_in(html)[: len(offered)], question
        elif verdict == "nothing":
            assert title in text_of(said) and not offered, question
        elif verdict == "sure":
            short = re.search(r'<p class="short"[^>]*>(.*?)</p>', html, re.DOTALL)
            told = [title, *([text_of(short[1])] if short else [])]
            assert not offered and ("\n  -> " in said or any(words in text_of(said) for words in told)), question
            assert "\n  ? " not in said, question
    assert met["unsure"] >= 3 and met["sure"] >= 10 and met["danger"], met


def verdict_of(title: str, lang: str) -> str:
    """What the title of a page says: that it is sure, unless it says otherwise."""
    with translation.override(lang):
        return {
            _("Once everyone is safe"): "danger",
            _("Is it one of these?"): "unsure",
            _("We have no ready answer to that"): "nothing",
            _("You ask several things"): "several",
        }.get(title, "sure")
