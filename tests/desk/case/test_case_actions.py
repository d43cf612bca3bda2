"""The actions of a case: their effects, their refusals, which keep the words typed, and double submissions."""

import html
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import Settings

from parvis.apps.cases.models import Case, ClosingReason, Entry, State
from parvis.apps.cases.services import handling, undo
from parvis.apps.cases.services.journal import verify
from parvis.apps.directory.models import Presence
from parvis.apps.directory.queries import working_calendar
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.directory.services.staff import record_presence
from parvis.apps.intake.models import Callback
from parvis.apps.mail.models import Outgoing
from tests.desk.case.made import TUESDAY, entered, make, opened, page, text
from tests.factories import SmallTown, make_person, make_user


@pytest.fixture(autouse=True)
def _tuesday(settings: Settings) -> None:
    settings.PARVIS_NOW = TUESDAY


@pytest.fixture
def case(town: SmallTown) -> Case:
    return opened(town, person=make_person(email="jeanne@exemple.ca", phone="+14505550142"))


@pytest.fixture
def client(town: SmallTown) -> Client:
    return entered(town.technician)


def last(case: Case) -> Entry:
    return case.entries.latest("seq")


def photo() -> SimpleUploadedFile:
    buffer = BytesIO()
    Image.new("RGB", (60, 40), "navy").save(buffer, "PNG")
    return SimpleUploadedFile("poteau allumé.png", buffer.getvalue(), "image/png")


def test_answering_writes_to_the_citizen(case: Case, client: Client, run_jobs: Callable[[], int]) -> None:
    answer = make(client, case, "answer", words="L’électricien passe jeudi.")
    assert answer.headers["Location"] == f"/desk/cases/{case.reference}/"
    run_jobs()
    assert "L’électricien passe jeudi." in Outgoing.objects.latest("pk").text
    assert "la réponse est envoyée" in text(client.get(answer.headers["Location"]))


@pytest.mark.parametrize(
    ("reach", "why"), [("none", "Rose a demandé que l’on ne"), ("", "On ne sait pas comment joindre Rose")]
)
def test_words_that_reach_nobody_are_not_said_to_be_sent(
    town: SmallTown, client: Client, run_jobs: Callable[[], int], reach: str, why: str
) -> None:
    case = opened(town, person=make_person("Rose", **({"reach": reach} if reach else {})))
    form = text(client.get(f"/desk/cases/{case.reference}/?do=answer"))
    assert why in form and "rien n’est envoyé" in form
    answer = make(client, case, "answer", words="L’électricien passe jeudi.")
    content = text(client.get(answer.headers["Location"]))
    assert "c’est sur la page de la requête; rien n’est envoyé" in content and "la réponse est envoyée" not in content
    run_jobs()
    assert not Outgoing.objects.exists()


def test_asking_pauses_the_promise_and_a_reply_heard_on_the_phone_resumes_it(case: Case, client: Client) -> None:
    make(client, case, "ask", words="Quel poteau?")
    case.refresh_from_db()
    assert case.state == State.ASKED and case.is_paused
    make(client, case, "reply", words="Le troisième.", channel="phone")
    case.refresh_from_db()
    assert case.state == State.WORKING and not case.is_paused
    assert (last(case).by_citizen, last(case).body) == (True, "Le troisième.")


def test_someone_without_mail_is_owed_a_call(town: SmallTown, client: Client, run_jobs: Callable[[], int]) -> None:
    case = opened(town, person=make_person(phone="+14505550142"))
    assert "un agent téléphonera" in text(client.get(f"/desk/cases/{case.reference}/?do=answer"))
    make(client, case, "answer", words="C’est réglé demain.")
    run_jobs()
    assert Callback.objects.get().reason == "C’est réglé demain."


def test_passing_on_to_a_colleague_who_is_there(town: SmallTown, case: Case, client: Client) -> None:
    record_presence(user=town.planner, status=Presence.Status.FREE)
    values = {"department": "batiment", "receiver": town.planner.pk, "words": "Terrain privé."}
    answer = make(client, case, "pass-on", queue="voirie", view="open", after="", **values)
    assert answer.headers["Location"] == "/desk/queue/voirie/", "the case is out of one's sight"
    case.refresh_from_db()
    assert (case.department, case.owner, case.hand_offs) == (town.planning, town.planner, 1)


def test_what_leaves_ones_sight_leads_back_to_the_queue_it_left(town: SmallTown, case: Case) -> None:
    both = make_user("ada.gagne", (town.desk, Role.TECHNICIAN), (town.works, Role.TECHNICIAN))
    answer = make(entered(both), case, "not-mine", to=town.planning.slug, words="C’est au bâtiment.")
    assert answer.headers["Location"] == "/desk/queue/voirie/"


def test_passing_on_without_a_reason_keeps_what_was_chosen(town: SmallTown, case: Case, client: Client) -> None:
    record_presence(user=town.planner, status=Presence.Status.FREE)
    answer = make(client, case, "pass-on", department="batiment", receiver=town.planner.pk, words=" ")
    assert answer.status_code == 422
    shown = page(answer)
    assert '<option value="batiment" selected>' in shown and f'value="{town.planner.pk}" checked' in shown
    assert 'href="#pass-on-words"' in shown, "the summary leads to the field"
    assert 'aria-invalid="true"' in shown


def test_a_new_date_is_refused_on_a_holiday_with_the_words_kept(case: Case, client: Client) -> None:
    answer = make(client, case, "new-date", due="2026-12-25", words="La pièce est en retard.")
    assert answer.status_code == 422
    assert "La pièce est en retard." in page(answer) and 'value="2026-12-25"' in page(answer)
    make(client, case, "new-date", due="2026-12-11", words="La pièce est en retard.")
    case.refresh_from_db()
    assert case.due_at and working_calendar().local(case.due_at).date() == date(2026, 12, 11)


def test_waiting_and_the_internal_note(case: Case, client: Client, run_jobs: Callable[[], int]) -> None:
    run_jobs()
    before = Outgoing.objects.count()
    make(client, case, "note", words="Même circuit que l’autre?")
    make(client, case, "wait", words="Hydro-Québec coupe vendredi.")
    run_jobs()
    case.refresh_from_db()
    assert case.state == State.WAITING and Outgoing.objects.count() == before


def test_giving_to_a_colleague(town: SmallTown, case: Case, client: Client) -> None:
    other = make_user("theo.gagne", (town.works, Role.TECHNICIAN))
    make(client, case, "assign", to=other.pk)
    case.refresh_from_db()
    assert case.owner == other
    assert make(client, case, "assign", to=town.planner.pk).status_code == 422


# --- Closing ------------------------------------------------------------------------------------------------------


def test_closing_demands_the_proof_and_keeps_the_words(town: SmallTown, client: Client) -> None:
    case = opened(town, subject=town.pothole)
    answer = make(client, case, "close", reason="done", words="Trou bouché.")
    assert answer.status_code == 422
    assert "Trou bouché." in page(answer) and 'value="done"' in page(answer) and 'href="#close-proof"' in page(answer)
    make(client, case, "close", reason="done", words="Trou bouché.", proof="Enrobé à chaud")
    case.refresh_from_db()
    assert (case.state, case.closing_reason, last(case).proof) == (State.CLOSED, "done", "Enrobé à chaud")


def test_a_photo_is_a_proof_and_need_not_be_sent_twice(town: SmallTown, client: Client) -> None:
    town.streetlight.proof = "photo"
    town.streetlight.save()
    case = opened(town)
    assert "image/heic" in page(the_form(client, case, "close")), "as the citizen's: a telephone takes no other"
    answer = make(client, case, "close", reason="done", words="", photo=photo())
    assert answer.status_code == 422 and "poteau allumé.jpg est déjà ici" in text(answer)
    photo_key = page(answer).split('name="kept" value="')[1].split('"')[0]
    make(client, case, "close", reason="done", words="Ampoule changée.", kept=photo_key)
    case.refresh_from_db()
    assert case.state == State.CLOSED
    assert [file.attachment.name for file in last(case).files.all()] == ["poteau allumé.jpg"]
    shown = page(client.get(f"/desk/cases/{case.reference}/"))
    assert f"/desk/files/{photo_key}" in shown


def test_what_is_no_photo_is_refused_beside_its_field(town: SmallTown, client: Client) -> None:
    case = opened(town, subject=town.pothole)
    fake = SimpleUploadedFile("poteau.jpg", b"<script>alert(1)</script>", "image/jpeg")
    answer = make(client, case, "close", reason="done", words="Bouché.", proof="Fait", photo=fake)
    assert answer.status_code == 422
    assert 'href="#close-photo"' in page(answer) and "Bouché." in page(answer)
    assert Case.objects.get().is_open


def test_somebody_elses_photo_is_not_a_proof(town: SmallTown, client: Client) -> None:
    town.streetlight.proof = "photo"
    town.streetlight.save()
    case = opened(town)
    answer = make(entered(town.manager), case, "close", reason="done", words="", photo=photo())
    photo_key = page(answer).split('name="kept" value="')[1].split('"')[0]
    assert make(client, case, "close", reason="done", words="Fait.", kept=photo_key).status_code == 422
    assert Case.objects.get().is_open


def test_a_reason_must_be_chosen(case: Case, client: Client) -> None:
    answer = make(client, case, "close", words="Fini.")
    assert answer.status_code == 422 and "Choisissez pourquoi on la clôt" in text(answer)
    assert "Fini." in page(answer)


def test_not_fixed_heard_by_an_agent_reopens_one_level_up(town: SmallTown, case: Case) -> None:
    handling.close(case_id=case.pk, reason=ClosingReason.DONE, words="Fait.", by=town.technician)
    make(entered(town.agent), case, "not-fixed", words="Toujours noir.", channel="phone")
    case.refresh_from_db()
    assert (case.level, case.owner, case.state) == (1, town.manager, State.NEW)
    assert "reprise une fois" in text(entered(town.manager).get(f"/desk/cases/{case.reference}/"))


def test_a_withdrawal_and_a_call_are_written_down_by_an_agent(town: SmallTown, case: Case) -> None:
    agent = entered(town.agent)
    make(agent, case, "called", words="La dame est contente.")
    assert last(case).kind == Entry.Kind.CALLED
    make(agent, case, "withdraw", words="Elle l’a réparé.")
    case.refresh_from_db()
    assert case.closing_reason == ClosingReason.WITHDRAWN


# --- Double, concurrent, forbidden --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("move", "values"),
    [
        ("answer", {"words": "Jeudi.\r\nLe matin."}),
        ("ask", {"words": "Quel poteau?"}),
        ("note", {"words": "Vu."}),
        ("new-date", {"due": "2026-12-11", "words": "Retard."}),
        ("close", {"reason": "answered", "words": "Voilà."}),
    ],
)
def test_the_same_submission_twice_is_one_move(
    case: Case, client: Client, move: str, values: dict[str, Any], run_jobs: Callable[[], int]
) -> None:
    sent = {"expect": case.seq, **values}
    for _ in range(2):
        answer = client.post(f"/desk/cases/{case.reference}/{move}/", sent)
        assert answer.headers["Location"] == f"/desk/cases/{case.reference}/"
    assert Case.objects.get().seq == 2
    run_jobs()
    assert Outgoing.objects.count() == (1 if move == "note" else 2)
    assert all(not wrong for _reference, wrong in verify())


@pytest.mark.parametrize(
    ("move", "first", "changed"),
    [
        ("assign", {}, {}),
        ("pass-on", {"department": "batiment", "words": "Pas à nous."}, {"department": "accueil"}),
        ("not-mine", {"to": "batiment", "words": "Pas à nous."}, {"to": "accueil"}),
        ("new-date", {"due": "2026-12-11", "words": "Retard."}, {"due": "2026-12-18"}),
        ("visit", {"day": "2026-12-11", "words": "Une équipe."}, {"day": "2026-12-12"}),
        ("close", {"reason": "answered", "words": "Voilà."}, {"reason": "refused"}),
        ("reply", {"channel": "phone", "words": "Oui."}, {"channel": "counter"}),
    ],
)
def test_another_choice_from_the_same_page_is_not_taken_for_the_first(
    town: SmallTown, case: Case, move: str, first: dict[str, Any], changed: dict[str, Any]
) -> None:
    """Submitted, then again from the browser's history with another colleague or day."""
    client = entered(town.manager)
    if move == "assign":
        others = [make_user(name, (town.works, Role.TECHNICIAN)).pk for name in ("zoe.roy", "guy.roy")]
        first, changed = {"to": others[0]}, {"to": others[1]}
    sent = {"expect": case.seq, **first}
    address = f"/desk/cases/{case.reference}/{move}/"
    assert client.post(address, sent).status_code == 302
    assert client.post(address, sent).status_code == 302, "the same, sent twice"
    assert client.post(address, {**sent, **changed}).status_code in (409, 422)
    assert Case.objects.get().seq == 2


def test_what_was_taken_back_may_be_said_again_from_the_same_page(case: Case, client: Client, town: SmallTown) -> None:
    sent = {"expect": case.seq, "words": "Vu."}
    client.post(f"/desk/cases/{case.reference}/note/", sent)
    undo.undo(case_id=case.pk, seq=2, by=town.technician)
    assert client.post(f"/desk/cases/{case.reference}/note/", sent).status_code == 409


def test_what_changed_meanwhile_is_shown_and_the_words_stay(town: SmallTown, case: Case, client: Client) -> None:
    seen_seq = case.seq
    handling.note(case_id=case.pk, words="Déjà appelé ce matin.", by=town.manager)
    sent = {"expect": seen_seq, "words": "Je vous appelle demain."}
    answer = client.post(f"/desk/cases/{case.reference}/answer/", sent)
    assert answer.status_code == 409
    assert "Entre-temps" in text(answer) and "Déjà appelé ce matin." in page(answer)
    assert "Je vous appelle demain." in page(answer)
    panel = page(answer).split('id="do-answer"')[1].split("</section>")[0]
    assert 'name="expect" value="2"' in panel, "sent again, it speaks of the case as it is now"
    make(client, case, "answer", words="Je vous appelle demain.")
    assert last(case).body == "Je vous appelle demain."


def test_a_case_closed_meanwhile_keeps_the_words_in_sight(town: SmallTown, case: Case, client: Client) -> None:
    seen_seq = case.seq
    handling.close(case_id=case.pk, reason=ClosingReason.ANSWERED, words="Voilà.", by=town.manager)
    answer = client.post(f"/desk/cases/{case.reference}/ask/", {"expect": seen_seq, "words": "Quel poteau?"})
    assert answer.status_code == 409
    assert "Quel poteau?" in page(answer) and "Ce geste n’est plus possible ici" in text(answer)


def test_a_request_opened_from_a_queue_keeps_its_place_through_a_refused_form(case: Case, client: Client) -> None:
    answer = make(client, case, "answer", words="", queue="voirie", view="mine", row="3")
    assert answer.status_code == 422
    assert f'href="/desk/queue/voirie/?view=mine#c-{case.reference}"' in page(answer) and 'id="do-answer"' in page(
        answer
    )
    response = make(client, case, "answer", words="Jeudi.", queue="voirie", view="mine", row="3")
    assert response.headers["Location"] == f"/desk/cases/{case.reference}/?queue=voirie&view=mine&row=3"


def test_a_move_beyond_ones_role_is_refused(town: SmallTown, case: Case) -> None:
    assert make(entered(town.agent), case, "answer", words="Oui.").status_code == 403
    assert make(entered(town.privacy_officer), case, "note", words="Oui.").status_code == 403
    assert make(entered(town.technician), case, "explode", words="Oui.").status_code == 404
    assert Case.objects.get().seq == 1


def test_the_address_of_a_gesture_leads_to_its_form(case: Case, client: Client) -> None:
    answer = client.get(f"/desk/cases/{case.reference}/close/", follow=True)
    assert answer.status_code == 200
    assert 'class="reply on" id="do-close"' in page(answer)


def the_form(client: Client, case: Case, name: str, **asked: Any) -> Any:
    """The form of an action, as fetched by the page."""
    return client.get(f"/desk/cases/{case.reference}/{name}/", asked, headers={"X-Requested-With": "fetch"})


def test_a_form_comes_alone_when_it_is_asked_for_and_speaks_of_what_was_seen(
    town: SmallTown, case: Case, client: Client
) -> None:
    seen = case.seq
    handling.note(case_id=case.pk, words="Déjà appelé ce matin.", by=town.manager)
    shown = page(the_form(client, case, "answer", seen=seen, queue="voirie", view="mine"))
    assert shown.startswith("<section") and 'class="reply on" id="do-answer"' in shown
    assert f'name="expect" value="{seen}"' in shown and 'name="view" value="mine"' in shown
    assert make(client, case, "answer", words="Jeudi.", expect=seen).status_code == 409
    assert 'name="expect" value="2"' in page(the_form(client, case, "answer"))


def test_no_form_comes_for_what_may_not_be_done(town: SmallTown, case: Case, client: Client) -> None:
    assert the_form(entered(town.agent), case, "answer").status_code == 404
    assert the_form(client, case, "take").status_code == the_form(client, case, "explode").status_code == 404
    handling.close(case_id=case.pk, reason=ClosingReason.ANSWERED, words="Voilà.", by=town.manager)
    assert the_form(client, case, "ask").status_code == 404


def test_without_the_script_a_gesture_opens_its_form_and_keeps_the_place_in_the_queue(
    case: Case, client: Client
) -> None:
    shown = client.get(f"/desk/cases/{case.reference}/?queue=voirie&view=to_take")
    link = html.unescape(page(shown).split('data-panel="ask"')[0].rsplit('href="', 1)[1].split('"')[0])
    answer = client.get(link, follow=True)
    assert f'href="/desk/queue/voirie/?view=to_take#c-{case.reference}"' in page(answer)
    assert 'class="reply on" id="do-ask"' in page(answer)


def test_what_people_write_is_never_markup(town: SmallTown, client: Client) -> None:
    case = opened(town, title="<b>gras</b>", words="<script>alert(1)</script>")
    make(client, case, "note", words="<img src=x onerror=alert(1)>")
    shown = page(client.get(f"/desk/cases/{case.reference}/"))
    assert "<script>alert" not in shown and "<img src=x" not in shown and "<b>gras</b>" not in shown
