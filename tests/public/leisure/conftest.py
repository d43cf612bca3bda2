"""A season that is open, a group, and a browser where a household is signed in."""

from collections.abc import Callable

import pytest
from django.test import Client

from parvis.apps.households.models import Household
from parvis.apps.leisure.models import Group, Season
from tests.leisure.conftest import opened, season, swimming
from tests.leisure.making import make_activity, make_group

__all__ = ["opened", "season", "swimming"]
SignIn = Callable[[Household], Client]


@pytest.fixture
def group(season: Season) -> Group:
    """Two places, on Tuesdays at 18:00, from 6 to 9 years old."""
    return make_group(season, make_activity(min_age=6, max_age=9), slug="natation-mardi")


@pytest.fixture
def sign_in() -> SignIn:
    """A browser where the one who registers for a household is signed in."""

    def signed_in(household: Household) -> Client:
        account = household.links.get(may_register=True).individual.account
        assert account is not None
        client = Client()
        session = client.session
        session["account"] = [account.pk, account.epoch]
        session.save()
        client.cookies["sessionid"] = session.session_key or ""
        return client

    return signed_in
