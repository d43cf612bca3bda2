"""A transaction that does not wait for the disk is one all the same, and the next one waits again."""

import pytest
from django.db import connection

from parvis.apps.directory.models import ApiKey
from parvis.lib.database.async_commit import async_commit
from tests.factories import make_small_town
from tests.open311.conftest import key_of

LEVELS = {"sqlite": "PRAGMA synchronous", "postgresql": "SHOW synchronous_commit"}


def level() -> str:
    with connection.cursor() as cursor:
        cursor.execute(LEVELS[connection.vendor])
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_it_waits_again_afterwards_and_undoes_what_failed() -> None:
    key_of(make_small_town().key_maker)
    usual = level()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = FULL")
    durable = level()
    try:
        with async_commit():
            meanwhile = level()
            ApiKey.objects.update(day_uses=3)
        assert meanwhile != durable and level() == durable
        with pytest.raises(RuntimeError), async_commit():
            ApiKey.objects.update(day_uses=4)
            raise RuntimeError
        assert level() == durable and ApiKey.objects.get().day_uses == 3
    finally:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA synchronous = {usual}")
