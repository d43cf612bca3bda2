"""Calculators and guides: plain forms, results with their sources, no unverified value."""

import re
from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.calculators.queries.forms import Dollars
from parvis.apps.content.models import Fact
from parvis.apps.content.services.content import bump_edition
from parvis.apps.matching.queries.suggesting import forget
from parvis.lib import quebec
from tests.conftest import SAMPLE_MOMENT
from tests.counting import statements
from tests.public.makers import words

POOL = {"terrain": "aucune", "projet": "installer", "genre": "souple", "profondeur": "plus"}


@pytest.fixture
def carignan(sample_town: None, db: None, settings: Settings) -> None:
    settings.PARVIS_NOW = SAMPLE_MOMENT


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def get(client: Client, path: str, **typed: str) -> str:
    return words(client, f"{path}?{urlencode(typed)}" if typed else path)


def test_a_subject_leads_to_what_may_be_worked_out_about_it(client: Client, carignan: None) -> None:
    for slug, url in (
        ("mutation", "/calcul/mutation/"),
        ("paiement-taxes", "/calcul/paiement-taxes/"),
        ("arrerages", "/calcul/paiement-taxes/"),
        ("vente-non-paiement", "/calcul/vente-non-paiement/"),
        ("joindre", "/calcul/joindre/"),
        ("evaluation-fonciere", "/calcul/evaluation-fonciere/"),
        ("subvention-couches", "/calcul/subvention-couches/"),
        ("piscine", "/guide/piscine/"),
        ("assermentation", "/guide/assermentation/"),
    ):
        page = words(client, f"/reponses/{slug}/")
        assert "Calculer, vérifier" in page and f'href="{url}"' in page
        assert client.get(url).status_code == 200
    assert "Calculer, vérifier" not in words(client, "/reponses/rdd/")


def test_the_duty_is_an_estimate_with_its_slices_and_its_sources(client: Client, carignan: None) -> None:
    page = get(client, "/calcul/mutation/", paid="450 000", on="2026-06-01")
    result = text(page)
    assert "4 860,50 $" in result and "estimation" in result and "De 62 900 $ à 315 000 $, à 1 %" in result
    assert "Loi concernant les droits sur les mutations immobilières (D-15.1)" in result and "vérifié" in result
    assert 'value="450 000"' in page and 'name="robots" content="noindex"' in page
    english = text(get(client, "/calcul/mutation/", paid="450,000", on="2026-06-01", langue="en"))
    assert "$4,860.50" in english and "estimate" in english


def test_what_rests_on_an_example_is_marked(client: Client, carignan: None) -> None:
    page = get(client, "/calcul/mutation/", paid="650000", on="2026-06-01")
    assert re.search(r"9 360,50 \$\s*<span class=\"tag sample\">exemple</span>", page)
    assert "314,50 $ </p>" in page or "314,50 $</p>" in page  # the brackets of the law are not an example
    assert "exemple" in text(get(client, "/guide/piscine/", **POOL))


def test_search_engines_are_told_of_these_pages(client: Client, carignan: None) -> None:
    listed = client.get("/sitemap.xml").content.decode()
    assert "/calcul/mutation/" in listed and "/guide/piscine/" in listed and "/calcul/arrerages/" not in listed
    assert listed.count("/calcul/paiement-taxes/") == listed.count("/calcul/mutation/")


def test_what_is_typed_wrong_is_said_beside_its_field_and_kept(client: Client, carignan: None) -> None:
    page = get(client, "/calcul/mutation/", paid="quatre cents", on="2026-06-01")
    assert 'value="quatre cents"' in page and 'value="2026-06-01"' in page
    assert "Écrivez un montant, comme 450 000." in page and 'aria-invalid="true"' in page
    assert 'id="resultat"' not in page
    page = get(client, "/calcul/mutation/", paid="", on="hier")
    assert "Écrivez le prix payé." in page and "Choisissez une date" in page


def test_outside_the_demonstration_an_unknown_rate_is_said_and_handed_over(
    client: Client, carignan: None, settings: Settings
) -> None:
    settings.PARVIS_DEMO = False
    forget()
    page = get(client, "/calcul/mutation/", paid="650000", on="2026-06-01")
    result = text(page)
    assert "au moins 7 860,50 $" in result and "Le taux de la Ville au-delà de 500 000 $ est à vérifier" in result
    assert "2,5 %" not in result and 'href="/demande/mutation/?q=' in page
    result = text(get(client, "/calcul/subvention-couches/", price="200", bought_on="2026-10-01", units="1"))
    assert "Nous n’avons pas les montants de ce programme" in result and "125 $" not in result


def test_the_dates_of_taxes_need_nothing_typed(client: Client, carignan: None, settings: Settings) -> None:
    result = text(words(client, "/calcul/paiement-taxes/"))
    assert "3 mars 2027" in result and "exemple" in result
    settings.PARVIS_DEMO = False
    forget()
    result = text(words(client, "/calcul/paiement-taxes/"))
    assert "Les échéances sont imprimées sur votre compte" in result and "2027" not in result
    result = text(get(client, "/calcul/paiement-taxes/", bill="250", sent_on="2026-11-01"))
    assert "moins de 300 $ se paie en un seul versement" in result
    assert "1er décembre 2026" in result  # 30 days after 1 November


def test_the_review_of_a_roll_wants_its_first_year(client: Client, carignan: None) -> None:
    typed = {"kind": "roll", "notice_on": "2026-10-15", "value": "400000"}
    assert "Écrivez la première année du rôle." in get(client, "/calcul/evaluation-fonciere/", **typed)
    result = text(get(client, "/calcul/evaluation-fonciere/", **typed, roll_year="2027"))
    assert "jusqu’au vendredi 30 avril 2027" in result
    result = text(get(client, "/calcul/evaluation-fonciere/", **typed | {"kind": "certificate"}))
    assert "lundi 14 décembre 2026" in result  # 15 October + 60: 16 of October, 30, then 14


def test_a_subsidy_says_how_much_until_when_and_with_what(client: Client, carignan: None) -> None:
    typed = {"price": "200", "bought_on": "2026-10-01", "units": "1"}
    result = text(get(client, "/calcul/subvention-couches/", **typed))
    assert "120 $" in result and "31 décembre 2026" in result and "Preuve de naissance" in result
    assert "Acheté d’occasion" in result
    assert "Acheté d’occasion" not in text(words(client, "/calcul/subvention-toilettes/"))
    assert "60 $" in text(get(client, "/calcul/subvention-couches/", **typed, second_hand="on"))


@pytest.mark.parametrize("path", ["/calcul/collectes/", "/calcul/inconnu/", "/guide/mutation/", "/guide/inconnu/"])
def test_what_is_not_worked_out_has_no_page(client: Client, carignan: None, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("450 000", 45_000_000),
        ("450,000", 45_000_000),
        ("450\u00a0000,00\u00a0$", 45_000_000),
        ("$450,000.50", 45_000_050),
        ("1234,5", 123_450),
        ("12", 1_200),
        ("1 234 567,89", 123_456_789),
    ],
)
def test_amounts_as_people_write_them(typed: str, cents: int) -> None:
    assert Dollars().clean(typed) == cents


# --- Guides --------------------------------------------------------------------------------------------------------


def test_a_guide_asks_one_thing_after_the_other_without_a_script(client: Client, carignan: None) -> None:
    page = words(client, "/guide/piscine/")
    assert 'name="terrain"' in page and 'name="projet"' in page and 'name="profondeur"' not in page
    assert "Je ne sais pas" in page and 'id="resultat"' not in page
    shown = re.search(r'name="vu" value="([^"]*)"', page)
    assert shown is not None and shown[1] == "terrain,projet"
    page = get(client, "/guide/piscine/", vu=shown[1], terrain="aucune", projet="installer")
    assert 'name="genre"' in page and "Choisissez une réponse" not in page  # not asked yet
    page = get(client, "/guide/piscine/", vu="terrain,projet,genre", terrain="aucune", projet="installer")
    assert "Choisissez une réponse" in page and 'id="resultat"' not in page
    result = text(get(client, "/guide/piscine/", **POOL))
    assert "un permis est nécessaire" in result and "60 cm ou plus" in result and "Certificat de localisation" in result
    assert "Urbanisme et développement durable" in result and "Règlement sur la sécurité des piscines" in result


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({"profondeur": "moins"}, "aucun permis n’est nécessaire"),
        ({"profondeur": "inconnu"}, "L’Urbanisme doit regarder votre projet"),
        (
            {"terrain": "agricole"},
            "Votre projet doit être regardé avant qu’on puisse le dire. Qui s’en occupe : Urbanisme",
        ),
        (
            {"terrain": "eau"},
            "Votre projet doit être regardé avant qu’on puisse le dire. Qui s’en occupe : Environnement",
        ),
    ],
)
def test_outcomes(client: Client, carignan: None, changed: dict[str, str], outcome: str) -> None:
    assert outcome in text(get(client, "/guide/piscine/", **POOL | changed))


def test_a_value_that_nobody_confirmed_is_not_called_an_example(client: Client, carignan: None) -> None:
    page = text(get(client, "/guide/milieu-riverain/", travail="quai"))
    _band, _nav, bank = page.partition("Nous joindre")  # the notice in the band is an example, marked so
    assert "10 m à confirmer" in bank and "exemple" not in bank
    assert "50 $ exemple" in text(get(client, "/guide/piscine/", **POOL))
    assert "10 m à confirmer" in text(words(client, "/reponses/milieu-riverain/"))


def test_the_right_door_outside_is_one_that_may_be_knocked_on(client: Client, carignan: None) -> None:
    page = get(client, "/guide/assermentation/", papier="procuration")
    assert "Chambre des notaires" in page and '<a href="https://www.cnq.org" rel="noopener">www.cnq.org</a>' in page


def test_a_norm_nobody_confirmed_is_never_shown_as_a_value(client: Client, carignan: None, settings: Settings) -> None:
    Fact.objects.filter(key="piscine.profondeur").update(verified_on=None)
    settings.PARVIS_DEMO = False
    forget()
    result = text(get(client, "/guide/piscine/", **POOL))
    assert "L’Urbanisme doit regarder votre projet" in result and "60 cm" not in result


def test_words_typed_in_an_address_change_nothing(client: Client, carignan: None) -> None:
    page = client.get("/guide/piscine/", {"terrain": '"><script>alert(1)</script>', "vu": "x" * 5000}).content.decode()
    assert "<script>alert" not in page and 'id="resultat"' not in page
    for typed in ({"paid": "9" * 29, "on": "2026-01-01"}, {"paid": "1", "on": "0001-01-01"}):
        assert 'id="resultat"' not in get(client, "/calcul/mutation/", **typed)


@pytest.mark.parametrize("path", ["/calcul/mutation/?paid=450000&on=2026-06-01", f"/guide/piscine/?{urlencode(POOL)}"])
def test_the_page_is_the_same_for_everyone_until_a_fact_changes(client: Client, carignan: None, path: str) -> None:
    first = client.get(path)
    assert client.get(path, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304
    assert "sessionid" not in first.cookies
    Fact.objects.filter(key="mutation.taux_1").update(value=0.6)
    bump_edition()
    assert client.get(path, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200


@pytest.mark.parametrize("path", ["/reponses/mutation/", "/calcul/mutation/?paid=450000&on=2026-06-01"])
def test_a_page_costs_few_queries(client: Client, carignan: None, path: str) -> None:
    client.get(path)
    with statements() as seen:
        assert client.get(path).status_code == 200
    assert len(seen) <= 3


def test_a_sale_for_taxes_says_the_step_reached_by_the_papers_in_hand(client: Client, carignan: None) -> None:
    page = get(client, "/calcul/vente-non-paiement/", deposit_on="", ordered_on="")
    assert "Choisissez au moins une date." in page and 'id="resultat"' not in page
    result = text(get(client, "/calcul/vente-non-paiement/", ordered_on="2026-11-03", first_notice_on="2026-11-20"))
    assert "L’avis public est paru" in result and "au comptant" not in result
    page = get(client, "/calcul/vente-non-paiement/", sold="on")
    assert "Choisissez la date de la vente." in page
    assert "deposit_on" in words(client, "/calcul/vente-non-paiement/")


def test_a_paper_in_hand_bears_no_day_to_come_and_papers_follow_one_another(client: Client, carignan: None) -> None:
    not_yet = "Ce jour n’est pas encore venu"
    assert not_yet in get(client, "/calcul/paiement-taxes/", bill="2000", sent_on="2026-11-25")
    notice = {"kind": "certificate", "value": "300000"}
    assert not_yet in get(client, "/calcul/evaluation-fonciere/", notice_on="2031-01-01", **notice)
    assert not_yet not in get(client, "/calcul/evaluation-fonciere/", notice_on="2026-11-24", **notice)
    page = get(client, "/calcul/vente-non-paiement/", sale_on="2027-03-01", sold="on")
    assert not_yet in page and 'id="resultat"' not in page and 'value="2027-03-01"' in page
    assert not_yet not in get(
        client, "/calcul/vente-non-paiement/", sale_on="2027-03-01"
    )  # the public notice provides for it
    page = get(client, "/calcul/vente-non-paiement/", deposit_on="2026-05-01", first_notice_on="2025-01-01")
    assert "Ce jour vient avant celui d’au-dessus" in page and 'id="resultat"' not in page


def test_buying_back_is_spoken_of_once_it_is_sold(client: Client, carignan: None) -> None:
    assert "racheter" not in get(client, "/calcul/vente-non-paiement/", ordered_on="2026-11-03")
    assert "racheter" in get(client, "/calcul/vente-non-paiement/", sale_on="2026-11-03", sold="on")


def test_a_purchase_to_come_is_neither_refused_nor_given_a_last_day(client: Client, carignan: None) -> None:
    result = text(get(client, "/calcul/subvention-couches/", price="300", bought_on="2026-12-24", units="1"))
    assert "Il est trop tôt pour le dire." in result and "pas admissible" not in result
    assert "Demande à déposer au plus tard" not in result


@pytest.mark.parametrize("typed", ["2026-02-31", "31 février 2026"])
def test_what_is_no_day_is_shown_again_as_it_was_typed(client: Client, carignan: None, typed: str) -> None:
    page = get(client, "/calcul/mutation/", paid="450000", on=typed)
    assert f'<input type="text" name="on" value="{typed}"' in page and "Choisissez une date" in page
    page = get(client, "/calcul/mutation/", paid="abc", on="2026-02-28")
    assert '<input type="date" name="on" value="2026-02-28"' in page and 'value="abc"' in page


def test_how_many_and_which_year_are_asked_for_in_plain_words(client: Client, carignan: None) -> None:
    for units in ("0", "51", "-1", "2,5", "deux"):
        page = get(client, "/calcul/subvention-couches/", price="300", bought_on="2026-10-01", units=units)
        assert "Écrivez un nombre entier, de 1 à 50." in page and f'value="{units}"' in page
    for year in ("25", "99999", "abcd"):
        assert "Écrivez une année, comme 2025." in get(
            client, "/calcul/evaluation-fonciere/", kind="roll", roll_year=year
        )


def test_open_now_is_answered_again_at_each_moment(client: Client, carignan: None, settings: Settings) -> None:
    result = text(words(client, "/calcul/joindre/"))
    assert "Nous sommes ouverts, jusqu’à 12 h." in result and "mercredi 25 novembre" in result
    assert (
        "<form"
        not in words(client, "/calcul/joindre/").partition('<article class="compute">')[2].partition("</article>")[0]
    )
    settings.PARVIS_NOW = "2026-11-24T12:30:00-05:00"
    assert "Nous sommes fermés" in text(words(client, "/calcul/joindre/"))
    settings.PARVIS_NOW = "2026-12-23T22:00:00-05:00"
    result = text(words(client, "/calcul/joindre/"))
    assert "fermé (" in result and "450 555-0142" in quebec.plain(result)
