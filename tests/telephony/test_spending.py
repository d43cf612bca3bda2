"""What the town pays for: which numbers, how many parts a day, what a manager pauses and sees."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.test import Client
from django_q.models import OrmQ
from pytest_django import Settings

from parvis.apps.directory.models import User
from parvis.apps.intake.tasks import tell_texts_used_up
from parvis.apps.newsletter.services import subscribing
from parvis.apps.outbox.models import TOO_LATE
from parvis.apps.residents.models import ProofCode
from parvis.apps.residents.services import accounts
from parvis.apps.telephony import tasks
from parvis.apps.telephony.models import NOT_SERVED, OutgoingText, SendingDecision
from parvis.apps.telephony.queries import texts as queries
from parvis.apps.telephony.rules import sending
from parvis.apps.telephony.services.carriers import Addressed
from parvis.apps.telephony.services.texts import automatic, pausing
from parvis.apps.telephony.services.texts.outgoing import cancel_text, queue_text, queue_texts
from parvis.lib.clock import now
from parvis.lib.errors import Invalid, NotAllowed
from tests.factories import SmallTown, unique
from tests.telephony.twilio import Twilio

pytestmark = pytest.mark.django_db
SignedIn = Callable[[User], Client]
Kind, State, Mode = OutgoingText.Kind, OutgoingText.State, SendingDecision.Mode
ANNE = "+14505550123"
COSTLY = [
    *(f"+8816{n:08d}" for n in range(10)),  # satellites
    *(f"+88216{n:08d}" for n in range(10)),
    *(f"+8707731{n:05d}" for n in range(5)),
    *(f"+1900555{n:04d}" for n in range(10)),  # premium
    *(f"+1514976{n:04d}" for n in range(5)),
    *(f"+1{area}5550123" for area in ("876", "809", "829", "849", "242", "246", "441", "473", "664", "868")),
    *("+33612345678", "+447911123456", "+5352345678", "+2206012345", "+252612345678"),
    *("+16005551234", "+18005551234", "+15005551234", "+16225551234", "+14500000000"),
]


def text(kind: OutgoingText.Kind, to: str = ANNE, body: str = "Bonjour") -> OutgoingText:
    return queue_text(key=unique(), to=to, body=body, kind=kind)


def fresh(row: OutgoingText) -> OutgoingText:
    return OutgoingText.objects.get(pk=row.pk)


def minute_after(run_jobs: Callable[[], int]) -> None:
    tasks.send_waiting_texts()
    run_jobs()


def test_of_sixty_costly_numbers_none_gets_a_text_of_any_kind(
    twilio: Twilio, town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    assert len(COSTLY) == 60
    for kind in Kind:
        for number in COSTLY:
            with pytest.raises(Invalid) as refusal:
                text(kind, number)
            assert "Canada" in refusal.value.fields["phone"]
        many = [Addressed(unique(), number, "Bonjour") for number in COSTLY]
        queue_texts(texts=many, kind=kind)
    minute_after(run_jobs)
    assert twilio.posts == 0
    failed = OutgoingText.objects.filter(state=State.FAILED, error=NOT_SERVED)
    assert failed.count() == len(COSTLY) * len(Kind), "who sent to them is told why"


def code(number: str) -> None:
    accounts.send_code(use=ProofCode.Use.PHONE, target=number, language="fr", client=unique(), network=unique())


def subscription(number: str) -> None:
    wanted, origin = subscribing.Wanted(alerts=True), subscribing.Origin()
    subscribing.subscribe(channel="text", target=number, language="fr", wanted=wanted, origin=origin)


@pytest.mark.parametrize("ask", [code, subscription])
def test_strangers_cannot_have_texts_sent_to_costly_numbers(
    ask: Callable[[str], None], twilio: Twilio, town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    for number in COSTLY:
        with pytest.raises(Invalid) as refusal:
            ask(number)
        assert "phone" in refusal.value.fields
    minute_after(run_jobs)
    assert twilio.posts == 0 and OutgoingText.objects.count() == 0


def test_a_costly_number_kept_before_is_never_texted(twilio: Twilio, run_jobs: Callable[[], int]) -> None:
    row = text(Kind.REQUEST)
    OutgoingText.objects.update(to="+881612345678")
    run_jobs()
    assert (fresh(row).state, fresh(row).error, twilio.posts) == (State.FAILED, NOT_SERVED, 0)
    assert "Canada" in queries.reason(fresh(row))


def test_codes_beyond_their_cap_are_refused_and_leave_the_rest_to_the_town(
    twilio: Twilio, town: SmallTown, run_jobs: Callable[[], int], settings: Settings
) -> None:
    settings.PARVIS_TEXTS_A_DAY = settings.PARVIS_TEXTS_A_DAY | {"code": 3}
    for n in range(3):
        code(f"+1450555012{n}")
    with pytest.raises(Invalid) as refusal:
        code("+14505550129")
    said = refusal.value.fields["phone"]
    assert "courriel" in said and "418" in said, "the other ways are offered"
    assert ProofCode.objects.count() == 3, "nothing is half done"
    text(Kind.REQUEST)
    text(Kind.NOTICE)
    run_jobs()
    assert twilio.posts == 5
    settings.PARVIS_NOW = (now() + timedelta(days=1)).isoformat()
    code("+14505550129")


def test_a_text_of_three_parts_counts_three(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_TEXTS_A_DAY = settings.PARVIS_TEXTS_A_DAY | {"code": 3}
    row = text(Kind.CODE, body="a" * 400)
    assert row.parts == 3
    with pytest.raises(Invalid):
        text(Kind.CODE)


@pytest.mark.parametrize("kind", ["request", "agent", "notice"])
def test_beyond_the_cap_of_a_day_texts_wait_for_the_next_one_and_none_is_lost(
    kind: str, twilio: Twilio, run_jobs: Callable[[], int], settings: Settings
) -> None:
    settings.PARVIS_NOW = "2026-12-01T20:00:00-05:00"
    settings.PARVIS_TEXTS_A_DAY = settings.PARVIS_TEXTS_A_DAY | {kind: 4}
    rows = [text(Kind(kind)) for _number in range(10)]
    run_jobs()
    for _minute in range(3):
        minute_after(run_jobs)
    assert twilio.posts == 4
    held = [row for row in rows if fresh(row).held_for]
    assert len(held) == 6 and "limit" in queries.reason(fresh(held[0]))
    settings.PARVIS_NOW = "2026-12-02T05:00:00-05:00"
    minute_after(run_jobs)
    assert twilio.posts == 8, "as many again the next day, the first ones first, after more hours than a text waits"
    assert [fresh(row).state for row in rows[:8]] == [State.SENT] * 8
    settings.PARVIS_NOW = "2026-12-03T05:00:00-05:00"
    minute_after(run_jobs)
    assert {fresh(row).state for row in rows} == {State.SENT}


def test_two_machines_that_answer_each_other_cost_a_bounded_amount_and_none_of_it_is_sent_late(
    twilio: Twilio, town: SmallTown, run_jobs: Callable[[], int], settings: Settings
) -> None:
    settings.PARVIS_TEXTS_A_DAY = settings.PARVIS_TEXTS_A_DAY | {"warning": 3}
    settings.PARVIS_NOW = "2026-12-01T08:00:00-05:00"
    told = []
    for n in range(12):
        told.append(automatic.answer_automatically(key=f"{n}", to=f"+1450555{n:04d}", body="Appelez le 911."))
        run_jobs()
    assert told == [True] * 3 + [False] * 9, "the alert on the screens says who was told nothing"
    settings.PARVIS_NOW = "2026-12-02T08:00:00-05:00"
    minute_after(run_jobs)
    assert twilio.posts == 3
    assert automatic.answer_automatically(key="next", to=ANNE, body="Appelez le 911.")


def test_an_alert_of_safety_has_no_cap(twilio: Twilio, run_jobs: Callable[[], int], settings: Settings) -> None:
    settings.PARVIS_TEXTS_A_DAY = dict.fromkeys(sending.CAPPED_KINDS, 0)
    text(Kind.EMERGENCY)
    run_jobs()
    assert twilio.posts == 1


def test_a_pause_stops_all_but_danger_and_a_stop_all(
    twilio: Twilio, town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    waiting = text(Kind.CODE)
    pausing.decide_sending(mode=Mode.DANGER, by=town.administrator)
    with pytest.raises(Invalid, match="courriel"):
        text(Kind.CODE)
    for kind in (Kind.REQUEST, Kind.AGENT, Kind.NOTICE, Kind.WARNING, Kind.EMERGENCY):
        text(kind, body=kind)
    run_jobs()
    assert sorted(message["body"] for message in twilio.messages) == ["emergency", "warning"]
    assert fresh(waiting).result == OutgoingText.Result.REFUSED, "a code would come too late"
    pausing.decide_sending(mode=Mode.NONE, by=town.administrator)
    text(Kind.EMERGENCY, body="held")
    minute_after(run_jobs)
    assert twilio.posts == 2
    pausing.decide_sending(mode=Mode.ALL, by=town.administrator)
    run_jobs()
    run_jobs()
    assert twilio.posts == 6, "what was held leaves"


def test_a_pause_longer_than_a_text_waits_loses_none(
    twilio: Twilio, town: SmallTown, run_jobs: Callable[[], int], settings: Settings
) -> None:
    pausing.decide_sending(mode=Mode.DANGER, by=town.administrator)
    row = text(Kind.REQUEST)
    run_jobs()
    settings.PARVIS_NOW = (now() + timedelta(days=2)).isoformat()
    minute_after(run_jobs)
    assert fresh(row).held_for
    pausing.decide_sending(mode=Mode.ALL, by=town.administrator)
    run_jobs()
    assert fresh(row).state == State.SENT


def test_a_held_text_may_be_called_off_and_is_not_sent_past_its_end(
    twilio: Twilio, town: SmallTown, run_jobs: Callable[[], int], settings: Settings
) -> None:
    pausing.decide_sending(mode=Mode.DANGER, by=town.administrator)
    row = text(Kind.REQUEST)
    ending = Addressed("ending", ANNE, "Bonjour")
    queue_texts(texts=[ending], kind=Kind.NOTICE, expires_at=now() + timedelta(hours=1))
    run_jobs()
    assert cancel_text(key=row.key)
    settings.PARVIS_NOW = (now() + timedelta(hours=2)).isoformat()
    minute_after(run_jobs)
    pausing.decide_sending(mode=Mode.ALL, by=town.administrator)
    run_jobs()
    assert twilio.posts == 0
    assert OutgoingText.objects.get(key="ending").error == TOO_LATE


def test_only_an_administrator_pauses_and_each_decision_is_kept(town: SmallTown) -> None:
    for user in {*town.staff.values()} - {town.administrator}:
        with pytest.raises(NotAllowed):
            pausing.decide_sending(mode=Mode.NONE, by=user)
    pausing.decide_sending(mode=Mode.NONE, by=town.administrator)
    assert pausing.decide_sending(mode=Mode.NONE, by=town.administrator) is None, "pressed twice"
    pausing.decide_sending(mode=Mode.ALL, by=town.administrator)
    assert [(row.mode, row.by) for row in queries.decisions()] == [
        ("all", town.administrator),
        ("none", town.administrator),
    ]
    assert OrmQ.objects.count() == 2


def test_the_spend_is_told_by_day_month_and_kind(
    twilio: Twilio, run_jobs: Callable[[], int], settings: Settings
) -> None:
    settings.PARVIS_TEXTS_PRICE = Decimal("1.1")
    for moment in ("2026-11-30T23:30:00-05:00", "2026-12-01T00:30:00-05:00"):
        settings.PARVIS_NOW = moment
        text(Kind.REQUEST)
        text(Kind.CODE, body="a" * 200)
        text(Kind.NOTICE, to="+14505550199")
        run_jobs()
    days = queries.spend_by_day(date(2026, 11, 1))
    assert [(day.day, day.texts, day.total, day.cents) for day in days] == [
        (date(2026, 12, 1), 3, 4, 4),
        (date(2026, 11, 30), 3, 4, 4),
    ]
    by_kind = {row.kind: row for row in queries.spend_by_kind(days)}
    code = by_kind[Kind.CODE]
    assert (code.today, code.month, code.last_month, code.cap, code.left) == (2, 2, 2, 300, 298)
    assert by_kind[Kind.EMERGENCY].cap is None and by_kind[Kind.EMERGENCY].left is None


@pytest.mark.parametrize(
    ("kind", "then"),
    [
        (Kind.CODE, "Qui demande un code"),
        (Kind.WARNING, "rien n’est répondu tout seul"),
        *((kind, "Les suivants attendent") for kind in (Kind.REQUEST, Kind.AGENT, Kind.NOTICE)),
    ],
)
def test_administrators_are_told_once_a_day_that_a_limit_is_reached_and_what_becomes_of_the_next_texts(
    kind: OutgoingText.Kind, then: str, town: SmallTown, run_jobs: Callable[[], int], settings: Settings
) -> None:
    settings.PARVIS_MAILBOX, settings.PARVIS_TEXTS_A_DAY = False, settings.PARVIS_TEXTS_A_DAY | {kind: 1}
    User.objects.filter(pk=town.administrator.pk).update(email="gestion@ville.example")
    User.objects.filter(pk=town.key_maker.pk).update(email="")
    text(kind)
    for _five_minutes in range(3):
        tell_texts_used_up()
        run_jobs()
    [letter] = mail.outbox
    assert letter.to == ["gestion@ville.example"] and "textos" in letter.subject.lower()
    assert "/desk/channels/#texts" in letter.body and then in " ".join(letter.body.split())


def test_an_administrator_sees_the_spend_and_pauses_from_the_page_of_channels(
    twilio: Twilio, town: SmallTown, run_jobs: Callable[[], int], signed_in: SignedIn, settings: Settings
) -> None:
    settings.PARVIS_TEXTS_PRICE, settings.PARVIS_TEXTS_A_DAY = Decimal(50), {"request": 2}
    text(Kind.REQUEST, body="a" * 200)
    text(Kind.REQUEST)
    run_jobs()
    administrator = signed_in(town.administrator)
    page = administrator.get("/desk/channels/").text
    assert "nouvelles des requêtes" in page and "0 sur 2" in page and "environ 1\u00a0$" in page
    assert "1 texto est retenu" in page and "La limite du jour est atteinte" in page
    assert administrator.post("/desk/channels/texts/", {"mode": "danger"}).status_code == 302
    page = administrator.get("/desk/channels/").text
    assert "Les textos sont en pause" in page and str(town.administrator) in page and "Laisser repartir" in page
    refused = administrator.post("/desk/channels/texts/", {"mode": "everything"}, follow=True)
    assert "Choisissez ce qui part" in refused.text and queries.mode() == Mode.DANGER
    assert administrator.post("/desk/channels/texts/", {"mode": "all"}, follow=True).status_code == 200
    assert queries.mode() == Mode.ALL
    english = administrator.get("/desk/channels/", headers={"accept-language": "en"})
    assert english.status_code == 200


def test_an_agent_sees_the_spend_without_the_pause(twilio: Twilio, town: SmallTown, signed_in: SignedIn) -> None:
    agent = signed_in(town.agent)
    page = agent.get("/desk/channels/").text
    assert "codes et confirmations" in page and "Mettre les textos en pause" not in page
    assert agent.post("/desk/channels/texts/", {"mode": "none"}).status_code == 403
    assert queries.mode() == Mode.ALL
