"""Accounts of residents: what a code opens, for how long, how often, and what is erased with the account."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from parvis.apps.directory.models import User
from parvis.apps.intake.queries.form_codes import code_for
from parvis.apps.intake.services import form_code
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.queries import refusal_of
from parvis.apps.mail.rules.automated_mail import Bounce
from parvis.apps.mail.services.incoming import record_bounce, record_refusal
from parvis.apps.residents.models import Account, AccountEmail, ProofCode
from parvis.apps.residents.queries.accounts import code_of
from parvis.apps.residents.services import accounts
from parvis.lib.errors import Invalid
from tests.factories import SmallTown
from tests.public.test_request_abuse import proof

pytestmark = pytest.mark.usefixtures("town")
PAGE, CODE, FILE = "/mes-demandes/", "/mes-demandes/code/", "/mon-dossier/"


@pytest.fixture(autouse=True)
def _fresh_limits(db: None) -> None:
    cache.clear()


def ask(client: Client, email: str) -> str:
    """Asks for a code and returns it."""
    response = client.post(PAGE, {"email": email})
    assert response.status_code == 302 and response["Location"] == CODE
    return code_of(ProofCode.objects.latest("pk").uid)


def enter(client: Client, email: str) -> None:
    response = client.post(CODE, {"code": ask(client, email)})
    assert response.status_code == 302 and response["Location"] == PAGE


def wrong(code: str) -> str:
    return str((int(code) + 1) % 1_000_000).zfill(6)


def test_a_code_sent_by_e_mail_enters_and_makes_the_account_once(client: Client, run_jobs: object) -> None:
    code = ask(client, " Jeanne@Exemple.ca ")
    run_jobs()  # type: ignore[operator]
    letter = Outgoing.objects.get(to="jeanne@exemple.ca")
    assert code in letter.text and code in letter.subject
    assert client.post(CODE, {"code": f"{code[:3]} {code[3:]}"}).status_code == 302
    assert "jeanne@exemple.ca" in client.get(PAGE).content.decode()
    enter(Client(), "jeanne@exemple.ca")
    assert Account.objects.count() == AccountEmail.objects.count() == 1
    letter.refresh_from_db()
    assert code not in letter.text + letter.html + letter.subject, "used, its letter is erased"


def test_an_erased_letter_keeps_no_address_and_still_says_that_its_address_fails(
    client: Client, settings: Settings, run_jobs: object
) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"
    enter(client, "jeanne@exemple.ca")
    ask(Client(), "paul@exemple.ca")
    run_jobs()  # type: ignore[operator]
    settings.PARVIS_NOW = "2026-11-24T11:00:00-05:00"
    assert accounts.forget_codes() == 2
    letters = Outgoing.objects.order_by("pk")
    assert not {"jeanne@exemple.ca", "paul@exemple.ca"} & {letter.to for letter in letters}
    assert refusal_of("paul@exemple.ca") is None
    words = "550 <paul@exemple.ca>: no such user"
    bounce = Bounce(True, (letters[1].message_id,), "paul@exemple.ca", words)
    assert record_bounce(bounce) == letters[1]
    refusal = refusal_of("Paul@exemple.ca")
    assert refusal and refusal.error == "550 <…>: no such user"
    assert refusal_of("jeanne@exemple.ca") is None
    assert "exemple.ca" not in str(letters.values())
    assert record_refusal(recipient="paul@exemple.ca", reason="gone") is None, "refused already"
    assert not AccountEmail.objects.filter(email="paul@exemple.ca").exists()


def test_the_code_is_kept_nowhere(client: Client) -> None:
    code = ask(client, "j@exemple.ca")
    rows = [*ProofCode.objects.values(), *Outgoing.objects.values(), *(s.get_decoded() for s in Session.objects.all())]
    assert not re.search(rf"\b{code}\b", repr(rows))


def test_a_known_and_an_unknown_address_get_the_same_page_and_the_same_letter(
    client: Client, settings: Settings
) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"
    enter(client, "connue@exemple.ca")
    pages = []
    for email in ("connue@exemple.ca", "inconnue@exemple.ca"):
        browser = Client()
        ask(browser, email)
        pages.append(browser.get(CODE).content.decode().replace(email, "x"))
    masked = [re.sub(r'value="[A-Za-z0-9]{64}"', "", page) for page in pages]
    assert masked[0] == masked[1]
    assert set(Outgoing.objects.values_list("renderer", flat=True)) == {"parvis.apps.residents.letters.code"}


def test_a_code_is_good_once_for_ten_minutes_and_five_tries(client: Client, settings: Settings) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"
    code = ask(client, "j@exemple.ca")
    for _try in range(5):
        assert client.post(CODE, {"code": wrong(code)}).status_code == 422
    assert client.post(CODE, {"code": code}).status_code == 422, "the sixth try, even right"
    code = ask(client, "j@exemple.ca")
    settings.PARVIS_NOW = "2026-11-23T10:10:01-05:00"
    assert client.post(CODE, {"code": code})["Location"] == FILE
    assert client.get(PAGE).content.decode().count("j@exemple.ca") == 0
    settings.PARVIS_NOW = "2026-11-23T10:20:00-05:00"
    code = ask(client, "j@exemple.ca")
    proof = ProofCode.objects.latest("pk")
    assert client.post(CODE, {"code": code}).status_code == 302
    with pytest.raises(Invalid):
        accounts.sign_in(uid=proof.uid, code=code, language="fr", client="127.0.0.1")


def test_digits_of_another_script_are_read_or_refused(client: Client) -> None:
    code = ask(client, "j@exemple.ca")
    for typed in ("\u0663\u0664\u0665\u0666\u0667\u0668", "²²²²²²", "é12345"):
        assert client.post(CODE, {"code": typed}).status_code == 422
    wide = "".join(chr(0xFF10 + int(digit)) for digit in code)
    assert client.post(CODE, {"code": wide})["Location"] == PAGE
    assert "j@exemple.ca" in client.get(PAGE).content.decode()


def test_the_code_of_one_browser_does_not_open_another(client: Client) -> None:
    code = ask(client, "j@exemple.ca")
    other = Client()
    ask(other, "voleur@exemple.ca")
    assert other.post(CODE, {"code": code}).status_code == 422
    assert Client().post(CODE, {"code": code})["Location"] == FILE


def test_codes_are_limited_by_address_and_by_client(client: Client) -> None:
    for _code in range(accounts.CODES_TO):
        ask(Client(), "j@exemple.ca")
    refused = Client().post(PAGE, {"email": "j@exemple.ca"})
    assert refused.status_code == 422 and "j@exemple.ca" in refused.content.decode(), "what was typed is kept"
    for rank in range(accounts.CODES_FROM - accounts.CODES_TO):
        ask(client, f"a{rank}@exemple.ca")
    assert client.post(PAGE, {"email": "b@exemple.ca"}).status_code == 422


def test_a_stranger_does_not_bar_who_holds_a_good_code(client: Client) -> None:
    code = ask(client, "j@exemple.ca")
    for _code in range(accounts.CODES_TO - 1):
        ask(Client(REMOTE_ADDR="198.51.100.7"), "j@exemple.ca")
    again = client.post(PAGE, {"email": " J@exemple.ca"})
    assert again.status_code == 302 and again["Location"] == CODE
    assert client.post(CODE, {"code": code})["Location"] == PAGE
    assert Client(REMOTE_ADDR="198.51.100.8").post(PAGE, {"email": "j@exemple.ca"}).status_code == 422


def ask_from(address: str, email: str = "j@exemple.ca", **form: str) -> Any:
    return Client(REMOTE_ADDR=address).post(PAGE, {"email": email, **form})


def test_codes_asked_by_others_for_my_address_do_not_keep_me_from_entering() -> None:
    for rank in range(accounts.CODES_TO_OF_ALL):
        assert ask_from(f"203.0.{rank}.7").status_code == 302
    refused = ask_from("192.0.2.10")
    assert refused.status_code == 422 and 'value="j@exemple.ca"' in refused.text
    assert "data-proof-now" in refused.text and "/suivi/tout/" in refused.text, "the browser works, or a link is asked"
    mine = Client(REMOTE_ADDR="192.0.2.10")
    answer = mine.post(PAGE, {"email": "j@exemple.ca", "altcha": proof(mine)})
    assert answer.status_code == 302
    code = code_of(ProofCode.objects.latest("pk").uid)
    assert mine.post(CODE, {"code": code})["Location"] == PAGE


def test_where_my_address_was_proved_before_no_one_else_counts() -> None:
    mine = Client(REMOTE_ADDR="192.0.2.10")
    enter(mine, "j@exemple.ca")
    for rank in range(accounts.CODES_TO_OF_ALL + 2):
        ask_from(f"203.0.{rank}.7")
    assert ask_from("192.0.2.10").status_code == 302


def test_one_proof_serves_one_code() -> None:
    for rank in range(accounts.CODES_TO_OF_ALL):
        ask_from(f"203.0.{rank}.7")
    work = proof(Client())
    answers = [ask_from(f"198.51.{rank}.7", altcha=work).status_code for rank in range(2)]
    assert answers == [302, 422]


def test_a_mailbox_is_not_filled_by_the_asking_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    for rank in range(40):
        ask_from(f"203.0.{rank}.7", altcha=proof(Client()))
        ask_from(f"203.1.{rank}.7")
    assert Outgoing.objects.count() == accounts.CODES_TO_OF_ALL + accounts.CODES_TO_PROVEN


def test_a_code_just_sent_is_not_sent_again(client: Client) -> None:
    code = ask(client, "j@exemple.ca")
    assert ask(client, "j@exemple.ca") == code
    assert Outgoing.objects.count() == 1
    assert client.post(CODE, {"code": code})["Location"] == PAGE


@pytest.mark.parametrize("use", list(ProofCode.Use))
def test_every_code_of_six_digits_is_tried_five_times(use: ProofCode.Use, settings: Settings) -> None:
    settings.PARVIS_TEXTS_KEPT = True
    target = "418 555-0120" if use == ProofCode.Use.PHONE else "j@exemple.ca"
    code = code_of(accounts.send_code(use=use, target=target, language="fr", client="a", network="a").uid)
    uid = ProofCode.objects.latest("pk").uid
    for typed in [wrong(code)] * 5 + [code]:
        with pytest.raises(Invalid):
            accounts.prove(uid=uid, use=use, code=typed, client="a")


def test_the_code_of_a_form_is_tried_five_times() -> None:
    code = code_for(email="j@exemple.ca", key="k")
    tried = [form_code.try_code(typed, email="j@exemple.ca", key="k") for typed in [wrong(code)] * 5 + [code]]
    assert tried == [False] * 6
    assert form_code.try_code(code_for(email="j@exemple.ca", key="l"), email="j@exemple.ca", key="l")


def test_codes_are_limited_by_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "CODES_FROM_NETWORK", 3)
    answers = [
        Client(REMOTE_ADDR=f"198.51.100.{n}").post(PAGE, {"email": f"a{n}@exemple.ca"}).status_code for n in range(4)
    ]
    assert answers == [302, 302, 302, 422]
    assert Client(REMOTE_ADDR="192.0.2.1").post(PAGE, {"email": "b@exemple.ca"}).status_code == 302


def test_a_proof_of_work_lets_a_whole_town_sign_in_behind_a_few_addresses(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(accounts, "CODES_FROM", 1)
    monkeypatch.setattr(accounts, "CODES_FROM_NETWORK", 2)
    settings.PARVIS_TEXTS_KEPT = True

    def sent(use: ProofCode.Use, target: str, *, proven: bool) -> bool:
        try:
            accounts.send_code(use=use, target=target, language="fr", client="a", network="n", proven=proven)
        except Invalid:
            return False
        return True

    by_letter = ProofCode.Use.SIGN_IN
    assert [sent(by_letter, f"a{n}@exemple.ca", proven=False) for n in range(2)] == [True, False]
    assert [sent(by_letter, f"b{n}@exemple.ca", proven=True) for n in range(10)] == [True] * 9 + [False]
    assert not sent(ProofCode.Use.PHONE, "514 555-0100", proven=True), "texts cost the town"


def test_codes_by_text_go_to_numbers_of_here_and_so_many_a_day(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.PARVIS_TEXTS_KEPT = True
    monkeypatch.setattr(accounts, "TEXTS_A_DAY", 2)

    def sent(number: str) -> str:
        try:
            accounts.send_code(use=ProofCode.Use.PHONE, target=number, language="fr", client=number, network=number)
        except Invalid as refused:
            return str(refused.message)
        return ""

    for abroad in ("+33 6 12 34 56 78", "+1 876 555 1234", "+1 809 555 1234"):
        assert "États-Unis" in sent(abroad), abroad
    assert [bool(sent(f"418 555-01{n}")) for n in (20, 21, 22)] == [False, False, True]


def test_entering_changes_the_session_identifier(client: Client) -> None:
    code = ask(client, "j@exemple.ca")
    before = client.cookies["parvis"].value
    client.post(CODE, {"code": code})
    after = client.cookies["parvis"].value
    assert before != after and not Session.objects.filter(session_key=before).exists()


def test_leaving_everywhere_ends_the_sessions_of_every_browser(client: Client) -> None:
    other = Client()
    enter(client, "j@exemple.ca")
    enter(other, "j@exemple.ca")
    client.post("/mes-demandes/sortir/", {"everywhere": "1"})
    for browser in (client, other):
        assert "j@exemple.ca" not in browser.get(PAGE).content.decode()
        assert browser.get("/mes-demandes/compte/")["Location"] == FILE


def test_leaving_one_browser_leaves_the_other(client: Client) -> None:
    other = Client()
    enter(client, "j@exemple.ca")
    enter(other, "j@exemple.ca")
    client.post("/mes-demandes/sortir/")
    assert "j@exemple.ca" not in client.get(PAGE).content.decode()
    assert "j@exemple.ca" in other.get(PAGE).content.decode()


def test_an_address_is_added_by_its_own_code_and_the_last_one_stays(client: Client) -> None:
    enter(client, "j@exemple.ca")
    client.post("/mes-demandes/compte/adresse/", {"email": "bureau@exemple.ca"})
    code = code_of(ProofCode.objects.latest("pk").uid)
    assert client.post(CODE, {"code": wrong(code)}).status_code == 422
    assert AccountEmail.objects.count() == 1
    client.post(CODE, {"code": code})
    rows = list(AccountEmail.objects.all())
    assert [row.email for row in rows] == ["j@exemple.ca", "bureau@exemple.ca"]
    assert rows[0].account_id == rows[1].account_id
    for row in rows:
        client.post(f"/mes-demandes/compte/adresse/{row.pk}/retirer/")
    assert [row.email for row in AccountEmail.objects.all()] == ["bureau@exemple.ca"]


def test_an_address_of_another_account_is_not_taken_from_it(client: Client) -> None:
    enter(Client(), "elle@exemple.ca")
    enter(client, "j@exemple.ca")
    client.post("/mes-demandes/compte/adresse/", {"email": "elle@exemple.ca"})
    client.post(CODE, {"code": code_of(ProofCode.objects.latest("pk").uid)})
    assert AccountEmail.objects.get(email="elle@exemple.ca").account.emails.count() == 1


def test_nobody_removes_the_address_of_someone_else(client: Client) -> None:
    enter(Client(), "elle@exemple.ca")
    enter(client, "j@exemple.ca")
    hers = AccountEmail.objects.get(email="elle@exemple.ca")
    client.post(f"/mes-demandes/compte/adresse/{hers.pk}/retirer/")
    assert AccountEmail.objects.filter(pk=hers.pk).exists()


def test_a_deleted_account_leaves_no_trace_of_its_addresses(client: Client) -> None:
    enter(client, "j@exemple.ca")
    client.post("/mes-demandes/compte/fermer/")
    assert not Account.objects.exists() and not AccountEmail.objects.exists() and not ProofCode.objects.exists()
    assert "j@exemple.ca" not in client.get(PAGE).content.decode()


def test_the_letter_of_an_address_not_proved_yet_goes_with_the_account(
    client: Client, run_jobs: Callable[[], int]
) -> None:
    enter(client, "j@exemple.ca")
    client.post("/mes-demandes/compte/adresse/", {"email": "bureau@exemple.ca"})
    code = code_of(ProofCode.objects.latest("pk").uid)
    run_jobs()
    assert code in Outgoing.objects.get(to="bureau@exemple.ca").text
    client.post("/mes-demandes/compte/fermer/")
    assert not ProofCode.objects.exists()
    assert code not in repr(list(Outgoing.objects.values("text", "html", "subject")))


def test_an_account_is_nobody_of_the_staff(client: Client, town: SmallTown) -> None:
    users = User.objects.count()
    enter(client, town.agent.email)
    assert User.objects.count() == users
    assert client.get("/desk/").status_code == 302, "an agent's own address does not open the desk"


def test_signing_in_leaves_the_staff_signed_in_to_the_same_browser(client: Client, town: SmallTown) -> None:
    client.force_login(town.agent)
    enter(client, "j@exemple.ca")
    assert client.get("/desk/").status_code == 200
    client.post("/mes-demandes/sortir/")
    assert client.get("/desk/").status_code == 200


def test_old_codes_and_their_letters_are_erased(client: Client, settings: Settings, run_jobs: object) -> None:
    settings.PARVIS_NOW = "2026-11-23T10:00:00-05:00"
    code = ask(client, "j@exemple.ca")
    run_jobs()  # type: ignore[operator]
    settings.PARVIS_NOW = "2026-11-23T10:30:00-05:00"
    assert accounts.forget_codes() == 0
    assert code not in Outgoing.objects.get().text
    settings.PARVIS_NOW = "2026-11-24T11:00:00-05:00"
    assert accounts.forget_codes() == 1
