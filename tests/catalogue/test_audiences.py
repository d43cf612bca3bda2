"""Audience labels in each language."""

from django.utils import translation

from parvis.apps.catalogue.models import Audience


def test_a_promoteur_is_a_developer_in_english() -> None:
    with translation.override("en"):
        assert str(Audience.PROMOTER.label) == "Developer"
    with translation.override("fr"):
        assert str(Audience.PROMOTER.label) == "Promoteur"
