"""An answer on the screen is at least half certain, shows its certainty, and begins with "yes" only if asked."""

import html
import re

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.catalogue.models import Subject
from parvis.apps.content.services.content import bump_edition
from parvis.apps.directory.models import User
from parvis.apps.intake.models import Given
from parvis.apps.matching.queries.suggesting import forget
from parvis.lib import quebec
from parvis.operations.town.load import load
from tests.blanks import compact
from tests.desk.call.made import SAID, SETTLED, answered_town, begun, entered, form_of, save
from tests.factories import SmallTown
from tests.town.conftest import VILLAGE

DOUBTFUL = "prix du permis abri dauto"
PERHAPS_NOT_OURS = "la banque a refusé ma demande de carte de crédit, pourquoi"
NOT_OURS = "carte soleil perdue"
WITH_FAINT_OTHERS = "un gazébo 12x14 avec toit en acier ça prend tu un permis"


@pytest.fixture
def village(db: None, settings: Settings) -> None:
    settings.PARVIS_ENCODER = "none"
    load(VILLAGE, demo=True)
    forget()


def suggested(words: str, **more: str) -> dict[str, str]:
    """The response to the screen for these words."""
    client = entered(User.objects.get(username="omar.diallo"))
    news: dict[str, str] = client.get(f"{begun(client)}suggest", {"q": words, **more}).json()
    return {
        name: quebec.plain(html.unescape(compact(text))) if isinstance(text, str) else text
        for name, text in news.items()
    }


def percents(text: str) -> list[int]:
    """The certainties shown in a fragment."""
    return [int(number) for number in re.findall(r'<span class="num">(\d+) %</span>', text)]


@pytest.mark.usefixtures("village")
def test_below_half_certainty_nothing_is_put_in_words_to_say_and_the_candidates_stay_to_choose() -> None:
    result = suggested(DOUBTFUL)
    assert 30 <= percents(result["found"])[0] < 50
    assert result["slug"] == "" and 'class="say"' not in result["read"]
    assert "Aucune réponse n’est assez sûre pour être lue." in result["read"]
    assert 'data-slug="cabanon-jumele"' in result["found"]


@pytest.mark.usefixtures("village")
@pytest.mark.parametrize("words", [DOUBTFUL, PERHAPS_NOT_OURS, WITH_FAINT_OTHERS])
def test_no_bar_and_no_candidate_is_of_zero_percent(words: str) -> None:
    result = suggested(words)["found"]
    assert percents(result) and 0 not in percents(result)
    assert result.count("data-slug=") == result.count("<meter") - result.count("not-ours")


@pytest.mark.usefixtures("village")
def test_what_is_not_ours_shows_how_sure_that_is_beside_what_to_say() -> None:
    result = suggested(NOT_OURS)
    assert 50 <= percents(result["read"])[0] < 100 and 'class="say"' in result["read"]
    assert percents(result["found"])[0] == percents(result["read"])[0]


@pytest.mark.usefixtures("village")
def test_what_is_surely_not_ours_is_not_said_to_have_found_nothing() -> None:
    Subject.objects.update(active=False)  # no subject of the town matches
    bump_edition()
    result = suggested("comment renouveler mon permis de conduire expiré")
    assert "data-slug" not in result["found"] and 'class="say"' in result["read"]
    assert "Rien de trouvé" not in result["found"] + result["said"] and result["said"] == "Pas à la Ville"


@pytest.mark.usefixtures("village")
def test_what_is_perhaps_not_ours_is_shown_with_its_certainty_and_not_said() -> None:
    result = suggested(PERHAPS_NOT_OURS)
    assert percents(result["found"])[0] < 50 and "Peut-être pas à la Ville" in result["found"]
    assert "SAAQ" in result["found"] and "permis de conduire" in result["found"].lower()
    assert 'class="say"' not in result["read"] and "assez sûre" in result["read"]


def test_the_yes_comes_and_goes_with_the_question_as_it_is_typed(town: SmallTown) -> None:
    answered_town(town)
    client = entered(town.agent)
    url = begun(client)
    plain = client.get(f"{url}suggest", {"q": "cabanon dans la rue"}).json()
    assert f'lang="fr-CA">{SAID}' in plain["read"]
    have = f"{town.shed.slug}:fr:resident:"
    settled = client.get(f"{url}suggest", {"q": SETTLED, "have": have}).json()
    assert f'lang="fr-CA">Oui. {SAID}' in settled["read"] and 'data-verdict="yes"' in settled["read"]
    assert client.get(f"{url}suggest", {"q": SETTLED, "have": f"{have}yes"}).json()["read"] is None
    other = client.get(f"{url}suggest", {"q": "peindre mon cabanon?", "have": f"{have}yes"}).json()
    assert f'lang="fr-CA">{SAID}' in other["read"]


@pytest.mark.parametrize(("words", "said"), [(SETTLED, f"Oui. {SAID}"), ("peindre mon cabanon", SAID)])
def test_what_is_recorded_as_said_is_what_stood_on_the_screen(town: SmallTown, words: str, said: str) -> None:
    answered_town(town)
    client = entered(town.agent)
    url = begun(client)
    save(client, url, 3, text=words, subject=town.shed.slug)
    form = form_of(client, url)
    assert client.post(f"{url}answered/", form | {"text": f"{words} merci"}).status_code == 302
    assert Given.objects.get().words == said


def test_the_pane_that_an_agent_opens_is_said_to_the_words_typed(town: SmallTown) -> None:
    answered_town(town)
    client: Client = entered(town.agent)
    pane = f"{begun(client)}answer/{town.shed.slug}"
    assert f"Oui. {SAID}" in client.get(pane, {"q": SETTLED}).content.decode()
    assert f"Oui. {SAID}" not in client.get(pane).content.decode()
