"""A request that tells of a danger: the program is told at once what to do, the desk is alerted by a job."""

from collections.abc import Callable

from parvis.apps.cases.models import Case
from parvis.apps.intake.models import Alert
from parvis.apps.intake.queries import alerts
from parvis.apps.mail.models import Outgoing
from tests.factories import SmallTown
from tests.open311.calls import Caller

POTHOLE = {"service_code": "nid-de-poule", "lat": "45.42419", "long": "-73.37167"}
GAS = "Il y a une fuite de gaz dans ma cave, ça sent très fort."


def test_a_plain_danger_is_told_at_once_and_alerts_the_desk_once(
    call: Caller, placed: SmallTown, key: str, run_jobs: Callable[[], int]
) -> None:
    said = [call.post(api_key=key, **POTHOLE, description=words) for words in ("Un trou", GAS, GAS)]
    assert [answer.status for answer in said] == [201, 201, 200]
    assert ["911" in answer.first["service_notice"] for answer in said] == [False, True, True]
    assert not Alert.objects.exists()
    run_jobs()
    [alert] = Alert.objects.all()
    assert alert.kind == "danger" and alert.case == Case.objects.get(words__contains="gaz")
    assert alerts.untaken(placed.agent) == [alert]
    letters = Outgoing.objects.filter(renderer="parvis.apps.intake.letters.alert")
    assert letters and not any("cave" in letter.text for letter in letters)  # the request is one click away


def test_an_answer_in_english_tells_it_in_the_language_of_the_words(call: Caller, placed: SmallTown, key: str) -> None:
    notice = call.post(api_key=key, **POTHOLE, description="There is a gas leak in my house").first["service_notice"]
    assert "call 911" in notice
