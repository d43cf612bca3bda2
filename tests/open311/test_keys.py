"""The keys of programs that send requests: what opens, what is refused, and why."""

from collections.abc import Callable
from datetime import date
from typing import Any

from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.directory.models import ApiKey, Town
from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.directory.services.keys import revoke_key
from tests.factories import SmallTown
from tests.open311.calls import Answer, Caller

NewKey = Callable[..., str]
POTHOLE = {"service_code": "nid-de-poule", "lat": "45.42419", "long": "-73.37167"}


def send(call: Caller, key: str, number: int = 0, **more: str) -> Answer:
    return call.post(api_key=key, description=f"Trou {number}", **POTHOLE, **more)


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.response["X-Open311-Reason"]


def test_a_key_is_refused_for_a_reason_that_its_holder_reads(
    call: Caller, placed: SmallTown, new_key: NewKey, settings: Settings
) -> None:
    good, scoped = new_key(placed.key_maker), new_key(placed.key_maker, scopes=[Scope.CASES_READ])
    short = new_key(placed.key_maker, last_day=date(2026, 11, 24))
    assert refusal(send(call, "")) == (403, "key-unknown")
    assert refusal(send(call, f"{good}x")) == (403, "key-unknown")
    assert refusal(send(call, scoped)) == (403, "key-scope")
    assert send(call, good).status == 201
    revoke_key(key_id=ApiKey.objects.get(prefix=good.split(".")[1]).pk, by=placed.key_maker)
    revoked = send(call, good)
    assert refusal(revoked) == (403, "key-revoked") and "révoquée le mardi 24" in revoked.errors[0][1]
    settings.PARVIS_NOW = "2026-11-26T10:00:00-05:00"
    expired = send(call, short)
    assert refusal(expired) == (403, "key-expired") and "24" in expired.errors[0][1]
    assert Case.objects.count() == 1


def test_a_missing_key_says_where_to_ask_for_one(call: Caller, placed: SmallTown) -> None:
    assert "http://testserver/open311/" in send(call, "").errors[0][1]


def test_a_key_may_come_in_a_header(call: Caller, placed: SmallTown, key: str) -> None:
    answer = call.post(description="Trou", **POTHOLE, headers={"Authorization": f"Bearer {key}"})
    assert answer.status == 201


def test_a_quota_of_the_minute_says_when_to_try_again(
    call: Caller, placed: SmallTown, new_key: NewKey, settings: Settings
) -> None:
    settings.PARVIS_NOW = "2026-11-24T10:00:20-05:00"
    key = new_key(placed.key_maker, per_minute=2)
    assert [send(call, key, number).status for number in range(3)] == [201, 201, 403]
    passed = send(call, key, 3)
    assert refusal(passed) == (403, "key-quota") and passed.response["Retry-After"] == "40"
    settings.PARVIS_NOW = "2026-11-24T10:01:00-05:00"
    assert send(call, key, 3).status == 201


def test_a_quota_of_the_day_begins_again_the_next_day(
    call: Caller, placed: SmallTown, new_key: NewKey, settings: Settings
) -> None:
    key = new_key(placed.key_maker, per_day=1)
    assert send(call, key).status == 201
    passed = send(call, key, 2)
    assert refusal(passed) == (403, "key-quota") and passed.response["Retry-After"] == str(14 * 3600)
    settings.PARVIS_NOW = "2026-11-25T00:00:00-05:00"
    assert send(call, key, 2).status == 201


def test_the_uses_of_the_day_stand_in_the_row(call: Caller, placed: SmallTown, key: str) -> None:
    for number in range(3):
        send(call, key, number)
    call.get("v2/requests", api_key=key)
    row = ApiKey.objects.get()
    assert row.uses_on(date(2026, 11, 24)) == 4 and row.uses_on(date(2026, 11, 25)) == 0 and row.last_used_at


def test_a_key_of_one_jurisdiction_opens_no_other(call: Caller, placed: SmallTown, new_key: NewKey) -> None:
    rows: list[dict[str, Any]] = [
        {"id": name, "name_fr": name, "name_en": name, "sectors": []} for name in ("nord.example", "sud.example")
    ]
    Town.objects.update(jurisdictions=rows)
    key = new_key(placed.key_maker, jurisdiction="nord.example")
    wrong = send(call, key, jurisdiction_id="sud.example")
    assert refusal(wrong) == (403, "key-scope") and "nord.example" in wrong.errors[0][1]
    assert send(call, key, jurisdiction_id="nord.example").status == 201


def test_a_wrong_key_is_refused_for_reading_too(call: Caller, placed: SmallTown) -> None:
    assert call.get("v2/requests", api_key="nothing").status == 403
