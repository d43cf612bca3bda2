"""Calculators and guides of a town with other facts than the sample one."""

from pathlib import Path
from urllib.parse import urlencode

from django.test import Client

from parvis.operations.town.load import load
from tests.public.makers import words
from tests.public.test_compute import text

AULNES = Path(__file__).parents[1] / "towns" / "val-des-aulnes"
SHED = {"lac": "non", "grandeur": "petit", "fondation": "non"}


def get(client: Client, path: str, **typed: str) -> str:
    return words(client, f"{path}?{urlencode(typed)}" if typed else path)


def test_the_second_town_has_its_own_guide_and_no_calculation(client: Client, db: None) -> None:
    load(AULNES, demo=True)
    assert "aucun permis n’est nécessaire" in text(get(client, "/guide/cabanon-jumele/", **SHED))
    assert "no permit is required" in text(get(client, "/guide/cabanon-jumele/", **SHED, langue="en"))
    assert client.get("/calcul/mutation/").status_code == 404
    assert 'href="/guide/cabanon-jumele/"' in words(client, "/reponses/cabanon-jumele/")


# --- Every page ----------------------------------------------------------------------------------------------------
