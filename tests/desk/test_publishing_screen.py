"""The desk's page where an agent decides what the public sees."""

import html
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image
from pytest_django import Settings

from parvis.apps.cases.models import Case, Entry, PublicPhoto
from parvis.apps.cases.queries.lists import to_publish
from parvis.apps.cases.services.merging import merging
from parvis.apps.cases.services.publishing import publish_words
from parvis.apps.directory.models import Actor, User
from parvis.apps.files.models import Attachment
from parvis.apps.files.services.attachments import keep_photo
from tests.counting import statements
from tests.desk.case.made import TUESDAY, opened, page
from tests.factories import SmallTown, make_person

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings, town: SmallTown) -> None:
    settings.PARVIS_NOW = TUESDAY
    town.streetlight.public = True
    town.streetlight.save()


def photo() -> Attachment:
    out = BytesIO()
    Image.new("RGB", (320, 240), "white").save(out, "JPEG")
    return keep_photo(ContentFile(out.getvalue(), name="jeanne.jpg"), by=Actor.citizen())


def test_an_agent_publishes_words_and_reads_why_they_are_refused(town: SmallTown, signed_in: SignIn) -> None:
    case, client = opened(town, person=make_person("Jeanne Arsenault")), signed_in(town.agent)
    here = f"/desk/cases/{case.reference}/public/"
    assert here in page(client.get(f"/desk/cases/{case.reference}/"))
    first = page(client.get(here))
    assert "Il fait noir devant chez nous." in first and "jamais publiés" in first
    refused = client.post(here, {"words_fr": "Chez Jeanne Arsenault", "words_en": "", "landmark": ""})
    assert refused.status_code == 422 and "Chez Jeanne Arsenault" in page(refused)
    assert "Le nom de la personne" in page(refused)
    done = client.post(here, {"words_fr": "Lampe éteinte", "landmark": "Parc du Quai"}, follow=True)
    assert "la page publique est à jour" in page(done)
    public = page(client.get(f"/carte/{case.reference}/"))
    assert "Lampe éteinte" in public and "Parc du Quai" in public and "devant chez nous" not in public


def test_a_photo_is_published_by_numbers_alone_and_taken_back(town: SmallTown, signed_in: SignIn) -> None:
    original = photo()
    case, client = opened(town, photos=[original]), signed_in(town.technician)
    here = f"/desk/cases/{case.reference}/public/"
    one = f"{here}photo/{original.key}/"
    wrong = client.post(one, {"rectangles": "10 20 30"})
    assert wrong.status_code == 422 and "10 20 30" in page(wrong) and "n’est pas un rectangle" in page(wrong)
    done = client.post(one, {"rectangles": "10 20,5 15 15\n0 0 5 5"}, follow=True)
    shown = PublicPhoto.objects.get()
    assert shown.rectangles == [[100, 205, 150, 150], [0, 0, 50, 50]] and "la photo est publique" in page(done)
    assert "10 20.5 15 15" in page(client.get(here)) and str(shown.masked.key) in page(client.get(here))
    client.post(f"{one}withdraw/")
    assert client.get(f"/carte/{case.reference}/photo/{shown.masked.key}").status_code == 404
    kinds = Entry.objects.filter(case=case, kind__in=("published", "withheld")).values_list("kind", flat=True)
    assert list(kinds.order_by("seq")) == ["published", "withheld"]
    told = page(client.get(f"/desk/cases/{case.reference}/"))
    assert "Une photo, avec 2 rectangles" in told and "Caché au public" in told


def test_hiding_takes_all_of_it_away_and_is_undone(town: SmallTown, signed_in: SignIn) -> None:
    case, client = opened(town), signed_in(town.agent)
    here = f"/desk/cases/{case.reference}/public/"
    hidden = client.post(f"{here}hide/", follow=True)
    assert f"{here}show/" in page(hidden) and client.get(f"/carte/{case.reference}/").status_code == 404
    client.post(f"{here}show/")
    assert client.get(f"/carte/{case.reference}/").status_code == 200


@pytest.mark.parametrize("who", ["agent", "technician", "manager", "planner", "editor", "privacy_officer", "citizen"])
def test_who_may(town: SmallTown, signed_in: SignIn, who: str) -> None:
    original = photo()
    case = opened(town, photos=[original])
    client = signed_in(getattr(town, who))
    here = f"/desk/cases/{case.reference}/public/"
    may = who in ("agent", "technician", "manager")
    answers = [
        client.get(here),
        client.post(here, {"words_fr": "Un trou"}),
        client.post(f"{here}photo/{original.key}/", {"rectangles": ""}),
        client.post(f"{here}photo/{original.key}/withdraw/"),
        client.post(f"{here}hide/"),
        client.post(f"{here}show/"),
    ]
    assert [answer.status_code in (200, 302) for answer in answers] == [may] * 6
    assert PublicPhoto.objects.exists() is may


def test_a_case_that_may_never_be_public_has_no_such_page(town: SmallTown, signed_in: SignIn) -> None:
    case, client = opened(town, subject=town.pothole, details={"taille": "grand"}), signed_in(town.agent)
    assert client.get(f"/desk/cases/{case.reference}/public/").status_code == 404
    assert "/public/" not in page(client.get(f"/desk/cases/{case.reference}/"))


def test_a_protected_address_keeps_its_case_off_the_map(town: SmallTown, signed_in: SignIn) -> None:
    case = opened(town, person=make_person("Rose Huot", address_protected=True))
    seen: Any = page(signed_in(town.agent).get(f"/desk/cases/{case.reference}/public/"))
    assert "Pas sur la carte publique" in seen and Case.objects.get().place_protected


def test_a_merge_keeps_what_was_published_on_the_one_that_stays(town: SmallTown, signed_in: SignIn) -> None:
    head, other = opened(town), opened(town, person=make_person())
    publish_words(case_id=head.pk, words_fr="Lampe éteinte", by=town.agent)
    merging.merge(case_id=other.pk, into_id=head.pk, words="Pareil", by=Actor.staff(town.agent))
    assert "Lampe éteinte" in page(signed_in(town.agent).get(f"/carte/{head.reference}/"))


def test_what_waits_to_be_published_is_a_list_until_someone_looked(town: SmallTown, signed_in: SignIn) -> None:
    first, second = opened(town), opened(town, photos=[photo()])
    quiet = opened(town, words="")
    client, here = signed_in(town.agent), "/desk/publishing/"
    shown = page(client.get(here))
    assert first.reference in shown and second.reference in shown and quiet.reference not in shown
    middle = page(client.get(f"/desk/cases/{second.reference}/public/"))
    assert f"/desk/cases/{first.reference}/public/" in middle
    after = client.post(f"/desk/cases/{second.reference}/public/looked-at/")
    assert after["Location"] == f"/desk/cases/{first.reference}/public/"
    client.post(f"/desk/cases/{first.reference}/public/", {"words_fr": "Lampe éteinte"})
    left = page(client.get(here))
    assert not any(f'/cases/{case.reference}/public/"' in left for case in (first, second))
    assert not Entry.objects.filter(case=second, kind=Entry.Kind.PUBLISHED).exists()


def test_published_words_are_undone(town: SmallTown, signed_in: SignIn) -> None:
    case, client = opened(town), signed_in(town.agent)
    here = f"/desk/cases/{case.reference}/public/"
    client.post(here, {"words_fr": "Lampe éteinte"}, follow=True)
    said = client.post(here, {"words_fr": "Lampe brisée"}, follow=True).content.decode()
    undo = re.search(r"/desk/cases/[^\"]+/words/back/[^\"]+", said)
    assert undo and "Lampe brisée" in page(client.get(f"/carte/{case.reference}/"))
    client.post(html.unescape(undo[0]))
    assert "Lampe éteinte" in page(client.get(f"/carte/{case.reference}/"))
    client.post(f"{here}words/back/?was=forged")
    assert "Lampe éteinte" in page(client.get(f"/carte/{case.reference}/"))


def test_the_list_of_what_is_to_publish_costs_the_same_however_long(town: SmallTown, signed_in: SignIn) -> None:
    client = signed_in(town.agent)

    def cost() -> int:
        client.get("/desk/publishing/")
        with statements() as made:
            shown = page(client.get("/desk/publishing/"))
        assert shown.count("/public/") == len(cases)
        return len(made)

    cases = [opened(town, photos=[photo()])]
    one = cost()
    cases += [opened(town, person=make_person(f"Jeanne {number}"), photos=[photo()]) for number in range(8)]
    assert cost() == one


def test_an_undo_never_takes_away_what_a_colleague_published_since(
    town: SmallTown, signed_in: SignIn, settings: Settings
) -> None:
    case, client = opened(town), signed_in(town.agent)
    here = f"/desk/cases/{case.reference}/public/"
    said = client.post(here, {"words_fr": "Lampe brisée"}, follow=True).content.decode()
    undo = re.search(r"/desk/cases/[^\"]+/words/back/[^\"]+", said)
    settings.PARVIS_NOW = "2026-11-24T10:05:00-05:00"
    signed_in(town.manager).post(here, {"words_fr": "Lampe tombée"})
    assert undo
    refused = client.post(html.unescape(undo[0]), follow=True)
    assert "rien n’est défait" in page(refused)
    assert "Lampe tombée" in page(client.get(f"/carte/{case.reference}/"))


def test_a_long_list_to_publish_is_counted_up_to_a_bound(
    town: SmallTown, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(to_publish, "MOST_COUNTED", 2)
    client = signed_in(town.agent)
    for count in ("1", "2", "2+"):
        case = opened(town)
        assert f'<span class="num">{count}</span>' in page(client.get(f"/desk/cases/{case.reference}/public/"))
        assert f'<small class="num">{count}</small>' in page(client.get("/desk/publishing/"))
