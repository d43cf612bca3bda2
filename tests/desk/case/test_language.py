"""The language of a letter, shown on demand, and the French gloss of English words."""

import pytest
from django.test import Client

from parvis.apps.cases.models import Case
from parvis.apps.mail.models import Outgoing
from tests.desk.case.made import entered, make, opened, page, text
from tests.factories import SmallTown, make_person


@pytest.fixture
def case(town: SmallTown) -> Case:
    person = make_person("Ann Hill", email="ann@exemple.ca", language="en")
    return opened(town, person=person, words="The street light in front of my house is out.")


@pytest.fixture
def client(town: SmallTown) -> Client:
    return entered(town.technician)


def test_the_reply_says_its_language_and_asks_only_on_demand(case: Case, client: Client) -> None:
    url = f"/desk/cases/{case.reference}/"
    shown = client.get(f"{url}?do=answer")
    assert "En français." in text(shown) and 'name="ground"' not in page(shown)
    response = client.get(f"{url}language/answer/", headers={"HX-Request": "true"})
    assert 'name="language"' in page(response) and 'value="eligible"' in page(response)
    without = client.get(f"{url}language/answer/", follow=True)
    assert page(without).count('name="ground"') == 1
    assert client.get(f"{url}language/note/").status_code == 404


def test_english_asks_for_its_ground_and_keeps_what_was_typed(case: Case, client: Client) -> None:
    refused = make(client, case, "answer", words="We come on Thursday.", language="en", ground="")
    assert refused.status_code == 422 and "We come on Thursday." in page(refused)
    assert "aucun motif n’a été donné" in text(refused) and 'name="ground"' in page(refused)
    make(client, case, "answer", words="We come on Thursday.", language="en", ground="eligible")
    case.refresh_from_db()
    assert (case.language, case.english_ground) == ("en", "eligible")
    assert Outgoing.objects.latest("pk").language == "en"
    assert "En anglais : eligible." in text(client.get(f"/desk/cases/{case.reference}/?do=answer"))


def test_what_was_said_in_english_has_a_gloss_beside_it(case: Case, client: Client, town: SmallTown) -> None:
    assert f"/desk/cases/{case.reference}/gloss/" in page(client.get(f"/desk/cases/{case.reference}/"))
    shown = page(client.get(f"/desk/cases/{case.reference}/gloss/", headers={"HX-Request": "true"}))
    assert "lampadaire" in shown and "street light" in shown and "pas une traduction" in shown
    assert "lampadaire" in page(client.get(f"/desk/cases/{case.reference}/gloss/"))
    french = opened(town)
    assert "/gloss/" not in page(client.get(f"/desk/cases/{french.reference}/"))


def test_only_those_who_read_the_case_read_its_gloss(case: Case, town: SmallTown) -> None:
    for name in ("gloss/", "language/answer/"):
        assert entered(town.planner).get(f"/desk/cases/{case.reference}/{name}").status_code == 404
