"""The desk, the citizen's page and the letter show the same number of days, whenever the case was opened."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries import due_status, warnings
from parvis.apps.cases.services import handling
from parvis.apps.cases.services.citizen.citizen import not_fixed
from parvis.apps.catalogue.models import Nature
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.queries import working_calendar
from parvis.apps.mail.models import Outgoing
from tests.cases.test_clocks import opened
from tests.desk.call.made import begun, entered
from tests.factories import SmallTown, make_person

WHENEVER = {
    "in the morning": "2026-11-23T10:00:00-05:00",
    "before the opening": "2026-11-23T06:00:00-05:00",
    "in the evening": "2026-11-23T18:00:00-05:00",
    "at noon": "2026-11-23T12:15:00-05:00",
    "on a Friday evening": "2026-11-27T21:00:00-05:00",
    "on a Saturday": "2026-11-28T11:00:00-05:00",
    "on a Sunday night": "2026-11-29T23:59:00-05:00",
    "on a holiday": "2026-12-25T10:00:00-05:00",
}
moments = pytest.mark.parametrize("moment", WHENEVER.values(), ids=WHENEVER)
NUMBERS = {"fr": r"(\d+) jours? ouvrables?", "en": r"(\d+) (?:business|working) days?"}


def numbers(text: str, lang: str = "fr") -> set[str]:
    return set(re.findall(NUMBERS[lang], re.sub(r"<[^>]*>", "", text).replace("\u00a0", " ").replace("&nbsp;", " ")))


@moments
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_all_that_is_said_of_a_request_when_it_comes_says_the_number_that_is_promised(
    town: SmallTown,
    settings: Settings,
    signed_in: Callable[[User], Client],
    client: Client,
    run_jobs: Callable[[], int],
    moment: str,
    lang: str,
) -> None:
    settings.PARVIS_NOW = moment
    for user in (town.agent, town.technician):
        user.language = lang
        user.save()
    town.streetlight.ack = town.streetlight.target
    town.streetlight.save()
    case = opened(town, person=make_person(email="jeanne@exemple.ca"))
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = lang
    follow = client.get(f"/suivi/{case.secret}/", headers={"accept-language": lang}).content.decode()
    desk = signed_in(town.technician).get(f"/desk/cases/{case.reference}/").content.decode()
    with translation.override(lang):
        aloud, row = due_status.due_words(case), due_status.row(case)
        preview = due_status.promise_preview(town.streetlight)
    run_jobs()
    letter = Outgoing.objects.get(to="jeanne@exemple.ca").text
    assert {"aloud": numbers(aloud, lang), "row": numbers(row.left, lang), "preview": numbers(preview, lang)} == {
        "aloud": {"5"}, "row": {"5"}, "preview": {"5"},
    }  # fmt: skip
    assert numbers(follow, lang) == {"5"} and numbers(desk, lang) == {"5"}
    assert numbers(letter) == {"5"}, "the letter is in the language of the person"


@moments
def test_what_the_agent_says_aloud_before_and_after_opening_is_the_same_number(
    town: SmallTown, settings: Settings, signed_in: Callable[[User], Client], moment: str
) -> None:
    settings.PARVIS_NOW = moment
    client = entered(town.agent)
    url = begun(client)
    asked = {"case-subject": "lampadaire", "case-nature": "request", "case-words": "Noir."}
    assert numbers(client.get(f"{url}expectations", asked).content.decode()) == {"5"}


@moments
def test_the_rank_of_today_and_the_days_left_make_the_number_promised(
    town: SmallTown, settings: Settings, moment: str
) -> None:
    settings.PARVIS_NOW = moment
    case, calendar = opened(town), working_calendar()
    assert case.due_at
    for day in calendar.working_days(datetime.fromisoformat(moment).date(), calendar.local(case.due_at).date()):
        settings.PARVIS_NOW = calendar.start_of_day(day).isoformat()
        with translation.override("fr"):
            result, ahead = due_status.day_of(case), numbers(due_status.due_words(case))
        if result:
            assert result[1] == 5 and ahead == ({str(5 - result[0])} if result[0] < 5 else set())


def test_a_request_that_was_reopened_counts_again_from_then(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"
    case = opened(town)
    handling.take(case_id=case.pk, by=town.technician)
    handling.close(case_id=case.pk, reason="answered", words="C’est réglé.", by=town.technician)
    settings.PARVIS_NOW = "2026-12-04T18:00:00-05:00"
    not_fixed(case_id=case.pk, words="Non.", by=Actor.staff(town.agent))
    settings.PARVIS_NOW = "2026-12-09T10:00:00-05:00"
    assert due_status.day_of(Case.objects.get(pk=case.pk)) == (2, 5)


def test_calendar_days_are_told_as_calendar_days_everywhere(
    town: SmallTown, settings: Settings, signed_in: Callable[[User], Client], client: Client
) -> None:
    settings.PARVIS_NOW = "2026-11-23T18:00:00-05:00"
    town.streetlight.target = "30D"
    town.streetlight.save()
    case = opened(town, nature=Nature.REQUEST)
    follow = client.get(f"/suivi/{case.secret}/").content.decode()
    desk = signed_in(town.technician).get(f"/desk/cases/{case.reference}/").content.decode()
    for page in (follow, desk):
        text = re.sub(r"<[^>]*>", "", page).replace("\u00a0", " ")
        assert "dans 30 jours" in text and "30 jours, congés compris" in text
    with translation.override("fr"):
        assert due_status.row(case).left.replace("\u00a0", " ") == "reste 30 jours"
        assert "dans 30 jours" in warnings.warning(case.pk, "50").text.replace("\u00a0", " ")
    settings.PARVIS_NOW = "2026-11-27T10:00:00-05:00"
    assert due_status.day_of(case) == (4, 30)
