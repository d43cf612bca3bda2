"""Several agents and one inbox: messages put off, spam, closed, merged, continued, found."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from parvis.apps.directory.models import Closure, User
from parvis.apps.directory.queries import forget
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.intake.letters import mail_receipt
from parvis.apps.intake.models import Contact, Correction, InboxItem, ReceivedMail
from parvis.apps.intake.queries import contacts, conversations
from parvis.apps.intake.queries.closures import closure_words
from parvis.apps.intake.queries.contacts import find_contacts
from parvis.apps.intake.queries.inbox import ANSWERED, AWAITED, LATER, MINE, NEW, SPAM, inbox
from parvis.apps.intake.rules.later import AFTERNOON, MONDAY, TOMORROW, choices
from parvis.apps.intake.services.assigning import assign_contact, take_contact
from parvis.apps.intake.services.mail import inbox as inbox_services
from parvis.apps.intake.services.mail import replies
from parvis.apps.intake.services.mail.automatic import RECEIPT
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.queries import replies_to
from parvis.apps.residents.services.privacy import flag_file
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotAllowed
from tests.directory.test_calendar import TOWN
from tests.factories import SmallTown, make_person, make_user
from tests.intake.test_received_mail import ANNE, answered, later, raw, received, with_plan

SELLER = "vendeur@pub.exemple"


def waiting(words: str = "Faut-il un permis pour un cabanon?", **headers: str) -> Contact:
    return Contact.objects.get(mails__incoming=received(raw(words, **headers)))


def seen(view: str, agent: User) -> list[int]:
    return [contact.pk for contact in inbox(view, agent)]


@pytest.fixture
def colleague(town: SmallTown) -> User:
    return make_user("marc.gagnon", (town.desk, Role.AGENT))


# --- Put off --------------------------------------------------------------------------------------------------------


def test_a_message_put_off_leaves_the_list_and_comes_back_by_itself(town: SmallTown) -> None:
    contact = waiting()
    inbox_services.put_off(contact_id=contact.pk, until=clock.now() + timedelta(hours=3), by=town.agent)
    assert (seen(NEW, town.agent), seen(LATER, town.agent)) == ([], [contact.pk])
    assert contacts.waiting_contacts(town.agent) == []
    with later(hours=4):
        assert (seen(NEW, town.agent), seen(LATER, town.agent)) == ([contact.pk], [])


def test_a_message_put_off_is_brought_back_at_once(town: SmallTown) -> None:
    contact = waiting()
    inbox_services.put_off(contact_id=contact.pk, until=clock.now() + timedelta(hours=3), by=town.agent)
    inbox_services.restore_message(contact_id=contact.pk, by=town.agent)
    assert seen(NEW, town.agent) == [contact.pk]


def test_a_message_put_off_that_someone_begins_is_theirs(town: SmallTown) -> None:
    contact = waiting()
    inbox_services.put_off(contact_id=contact.pk, until=clock.now() + timedelta(hours=3), by=town.agent)
    take_contact(contact_id=contact.pk, by=town.agent)
    assert (seen(MINE, town.agent), seen(LATER, town.agent)) == ([contact.pk], [])


@pytest.mark.parametrize("days", [-1, 0, 400])
def test_a_message_is_put_off_to_a_day_to_come(town: SmallTown, days: int) -> None:
    contact = waiting()
    with pytest.raises(Invalid):
        inbox_services.put_off(contact_id=contact.pk, until=clock.now() + timedelta(days=days), by=town.agent)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-02-09 09:00", {AFTERNOON: "2026-02-09 13:00", TOMORROW: "2026-02-10 08:00", MONDAY: "2026-02-16 08:00"}),
        ("2026-02-09 14:00", {TOMORROW: "2026-02-10 08:00", MONDAY: "2026-02-16 08:00"}),
        ("2026-02-13 09:00", {AFTERNOON: "2026-02-13 13:00", TOMORROW: "2026-02-16 08:00"}),  # a Friday
        ("2026-06-23 15:00", {TOMORROW: "2026-06-25 08:00", MONDAY: "2026-06-29 08:00"}),  # before a holiday
        ("2024-12-26 09:00", {TOMORROW: "2025-01-03 08:00", MONDAY: "2025-01-03 08:00"}),  # closed for the holidays
    ],
)
def test_the_moments_proposed_are_openings_of_the_town(moment: str, expected: dict[str, str]) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("America/Toronto"))
    found = {one.name: f"{one.at:%Y-%m-%d %H:%M}" for one in choices(TOWN, now)}
    if expected.get(MONDAY) == expected[TOMORROW]:
        expected = {TOMORROW: expected[TOMORROW]}
    assert found == expected


# --- Spam -----------------------------------------------------------------------------------------------------------


def test_spam_is_set_aside_never_deleted_and_so_is_the_next_one(town: SmallTown) -> None:
    contact = waiting("Gagnez un million", From=SELLER)
    inbox_services.mark_spam(contact_id=contact.pk, by=town.agent)
    following = waiting("Gagnez encore", From=SELLER)
    assert set(seen(SPAM, town.agent)) == {contact.pk, following.pk}
    assert seen(NEW, town.agent) == [] and contacts.waiting_contacts(town.agent) == []
    assert not Outgoing.objects.exists()
    assert Correction.objects.get(contact=contact).by == town.agent


def test_what_is_no_spam_comes_back_and_its_sender_is_believed(town: SmallTown) -> None:
    contact = waiting("Gagnez un million", From=SELLER)
    inbox_services.mark_spam(contact_id=contact.pk, by=town.agent)
    following = waiting("Gagnez encore", From=SELLER)
    with later(minutes=1):
        inbox_services.restore_message(contact_id=following.pk, by=town.agent)
        assert waiting("Une vraie question", From=SELLER).state == Contact.State.WAITING


def test_a_known_person_is_never_put_among_the_spam_by_the_machine(town: SmallTown) -> None:
    inbox_services.mark_spam(contact_id=waiting("Gagnez un million").pk, by=town.agent)
    make_person("Anne Roy", email=ANNE)
    make_person("Luc Roy", email=ANNE)
    assert waiting("Mon bac est brisé").state == Contact.State.WAITING


def test_a_danger_is_never_put_among_the_spam_by_the_machine(town: SmallTown) -> None:
    inbox_services.mark_spam(contact_id=waiting("Gagnez un million", From=SELLER).pk, by=town.agent)
    assert waiting("Ça sent le gaz dans ma maison, au secours", From=SELLER).state == Contact.State.WAITING


def test_spam_cannot_be_answered_by_mistake(town: SmallTown) -> None:
    incoming = received(raw("Gagnez un million", From=SELLER))
    inbox_services.mark_spam(contact_id=Contact.objects.get().pk, by=town.agent)
    with pytest.raises(Conflict):
        answered(town, incoming)
    assert not Outgoing.objects.exists()


def receipts() -> int:
    return Outgoing.objects.filter(renderer=RECEIPT).count()


def test_spam_and_what_continues_a_message_get_no_receipt(town: SmallTown) -> None:
    to = town.town.email
    waiting("Un", To=to, Message_ID="<one@x.ca>")
    waiting("Deux", To=to, In_Reply_To="<one@x.ca>")
    assert receipts() == 1
    inbox_services.mark_spam(contact_id=waiting("Gagnez un million", From=SELLER).pk, by=town.agent)
    assert waiting("Gagnez encore", From=SELLER, To=to).state == Contact.State.SPAM
    assert receipts() == 1


def test_a_reply_to_our_receipt_joins_the_message(town: SmallTown) -> None:
    contact = waiting("Un", To=town.town.email)
    assert waiting("Deux", In_Reply_To=Outgoing.objects.get().message_id) == contact


# --- Closed, answered, awaited --------------------------------------------------------------------------------------


def test_a_message_is_closed_without_an_answer_and_opened_again(town: SmallTown) -> None:
    contact = waiting("Merci!")
    inbox_services.close_message(contact_id=contact.pk, why=InboxItem.Why.NOTHING, by=town.agent)
    contact.refresh_from_db()
    assert contact.state == Contact.State.DONE and contact.ended_at
    assert contact.pk in seen(ANSWERED, town.agent)
    inbox_services.restore_message(contact_id=contact.pk, by=town.agent)
    assert seen(NEW, town.agent) == [contact.pk]
    with pytest.raises(Invalid):
        inbox_services.close_message(contact_id=contact.pk, why="", by=town.agent)


def test_what_a_colleague_has_in_hand_is_not_sorted(town: SmallTown, colleague: User) -> None:
    contact = waiting()
    take_contact(contact_id=contact.pk, by=colleague)
    for act in (inbox_services.mark_spam, inbox_services.restore_message):
        with pytest.raises(Conflict):
            act(contact_id=contact.pk, by=town.agent)
    with pytest.raises(NotAllowed):
        inbox_services.mark_spam(contact_id=contact.pk, by=town.technician)


def test_an_answer_sent_by_a_colleague_meanwhile_is_a_conflict(town: SmallTown, colleague: User) -> None:
    incoming = received(raw())
    answered(town, incoming, key="shared")
    with pytest.raises(Conflict, match="Alice Cote"):
        replies.answer_mail(
            contact_id=Contact.objects.get().pk, key="shared", words="Non.", language="fr", by=colleague
        )
    assert Outgoing.objects.count() == 1


def test_a_message_waits_for_the_citizen_until_they_reply(town: SmallTown) -> None:
    reply = answered(town, received(raw()))
    inbox_services.await_reply(contact_id=reply.contact_id, awaits=True, by=town.agent)
    assert seen(AWAITED, town.agent) == [reply.contact_id]
    waiting("C'est pour la rue du Quai", In_Reply_To=Outgoing.objects.get().message_id)
    assert seen(AWAITED, town.agent) == []


def test_only_an_answered_message_waits_for_the_citizen(town: SmallTown) -> None:
    with pytest.raises(Conflict):
        inbox_services.await_reply(contact_id=waiting().pk, awaits=True, by=town.agent)


# --- Conversations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["address", "identifier"])
def test_a_reply_to_an_answer_shows_what_was_said_before(town: SmallTown, way: str) -> None:
    first = answered(town, received(raw("Faut-il un permis?"))).contact
    letter = Outgoing.objects.get()
    headers = {"To": replies_to(letter)} if way == "address" else {"In_Reply_To": letter.message_id}
    contact = waiting("Et pour une serre?", Subject="Re: Cabanon", **headers)
    assert contact.pk != first.pk
    said = [
        (one.incoming.said if one.incoming else "", one.reply.words if one.reply else "")
        for one in conversations.conversation(contact)
    ]
    assert ["".join(pair) for pair in said] == ["Faut-il un permis?", "Oui, il faut un permis."]
    assert conversations.next_of(first) == contact.pk


def test_a_second_message_before_the_answer_joins_the_first_and_is_unread_again(town: SmallTown) -> None:
    contact = waiting("Faut-il un permis?", Message_ID="<one@x.ca>")
    inbox_services.open_message(contact_id=contact.pk, by=town.agent)
    inbox_services.put_off(contact_id=contact.pk, until=clock.now() + timedelta(hours=3), by=town.agent)
    again = waiting("J'oubliais: il est jumelé.", In_Reply_To="<one@x.ca>")
    assert again == contact and Contact.objects.count() == 1
    assert replies.incoming_of(contact).said == "J'oubliais: il est jumelé."
    assert seen(NEW, town.agent) == [contact.pk]
    assert InboxItem.objects.get().opened_at is None
    assert [one.incoming.said for one in conversations.conversation(contact) if one.incoming] == ["Faut-il un permis?"]


def test_a_stranger_in_a_conversation_joins_no_message(town: SmallTown) -> None:
    waiting(Message_ID="<one@x.ca>")
    assert waiting("Moi aussi", From="luc@exemple.ca", In_Reply_To="<one@x.ca>").mails.count() == 1
    assert Contact.objects.count() == 2


def test_a_forward_is_a_matter_of_its_own(town: SmallTown) -> None:
    waiting(Message_ID="<one@x.ca>")
    waiting("Voyez ceci", Subject="TR : Cabanon", In_Reply_To="<one@x.ca>")
    assert Contact.objects.count() == 2


# --- Merged ---------------------------------------------------------------------------------------------------------


def test_two_messages_of_one_sender_are_made_one_and_separated(town: SmallTown) -> None:
    first, second = waiting("Un"), Contact.objects.get(mails__incoming=received(with_plan()))
    merged = inbox_services.merge_messages(contact_id=second.pk, into_id=first.pk, by=town.agent)
    assert merged == first and seen(NEW, town.agent) == [first.pk]
    assert replies.incoming_of(first).subject == "Facture" and first.files.count() == 1
    inbox_services.separate_message(contact_id=second.pk, by=town.agent)
    assert seen(NEW, town.agent) == [first.pk, second.pk]
    assert (first.files.count(), second.files.count()) == (0, 1)
    assert replies.incoming_of(first).said == "Un"


def test_the_answer_of_merged_messages_answers_the_latest(town: SmallTown) -> None:
    first, second = waiting("Un", Message_ID="<one@x.ca>"), waiting("Deux", Message_ID="<two@x.ca>")
    inbox_services.merge_messages(contact_id=second.pk, into_id=first.pk, by=town.agent)
    replies.answer_mail(contact_id=first.pk, key="k", words="Oui.", language="fr", by=town.agent)
    assert Outgoing.objects.get().answers[-1] == "<two@x.ca>"
    with pytest.raises(Conflict):
        inbox_services.separate_message(contact_id=second.pk, by=town.agent)


def test_messages_of_two_senders_are_not_merged(town: SmallTown) -> None:
    first, second = waiting("Un"), waiting("Deux", From=SELLER)
    with pytest.raises(Invalid):
        inbox_services.merge_messages(contact_id=second.pk, into_id=first.pk, by=town.agent)
    with pytest.raises(Invalid):
        inbox_services.merge_messages(contact_id=first.pk, into_id=first.pk, by=town.agent)


def test_a_message_begun_is_not_merged_into_another(town: SmallTown) -> None:
    first, second = waiting("Un"), waiting("Deux")
    inbox_services.merge_messages(contact_id=second.pk, into_id=first.pk, by=town.agent)
    third = waiting("Trois")
    with pytest.raises(Conflict):
        inbox_services.merge_messages(contact_id=first.pk, into_id=third.pk, by=town.agent)
    assert ReceivedMail.objects.filter(contact=first).count() == 2


# --- Found ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["lampadaire", "anne@exemple.ca", "Roy", "eteint quai"])
def test_a_message_is_found_as_soon_as_it_arrives(town: SmallTown, text: str) -> None:
    contact = waiting("Il est éteint, au quai", Subject="Lampadaire")
    assert find_contacts(text, town.agent) == [contact]
    assert find_contacts(text, town.technician) == []  # nobody known, and the inbox is not theirs


def test_a_message_is_found_by_its_answer(town: SmallTown) -> None:
    reply = answered(town, received(raw()), words="Il faut un formulaire bleu.")
    assert find_contacts("formulaire", town.agent) == [reply.contact]


def test_the_words_of_a_sensitive_file_find_nothing(town: SmallTown) -> None:
    person = make_person("Anne Roy", email=ANNE)
    flag_file(person_id=person.pk, kind="other", why="Menaces", by=town.manager)
    contact = waiting("Mon secret à moi")
    assert find_contacts("secret", town.agent) == []
    assert find_contacts("anne roy", town.agent) == [contact]


def test_a_merged_message_is_found_by_what_it_joined(town: SmallTown) -> None:
    first, second = waiting("Un"), waiting("grenouille")
    inbox_services.merge_messages(contact_id=second.pk, into_id=first.pk, by=town.agent)
    assert find_contacts("grenouille", town.agent) == [first]
    inbox_services.separate_message(contact_id=second.pk, by=town.agent)
    assert find_contacts("grenouille", town.agent) == [second]


# --- Lists and closures ---------------------------------------------------------------------------------------------


def test_mine_is_what_i_was_given(town: SmallTown, colleague: User) -> None:
    contact = waiting()
    assign_contact(contact_id=contact.pk, to=colleague, by=town.agent)
    assert (seen(MINE, colleague), seen(NEW, colleague)) == ([contact.pk], [])


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 24, 15, tzinfo=UTC), ""),  # a Tuesday morning
        (datetime(2026, 11, 24, 23, tzinfo=UTC), ""),  # its evening
        (datetime(2026, 11, 28, 15, tzinfo=UTC), ""),  # a Saturday
        (datetime(2026, 12, 1, 23, tzinfo=UTC), "vendredi 4 décembre 2026"),  # the evening before
        (datetime(2026, 12, 2, 15, tzinfo=UTC), "vendredi 4 décembre 2026"),
    ],
)
def test_a_closure_has_its_words_and_an_ordinary_night_has_none(town: SmallTown, moment: datetime, words: str) -> None:
    Closure.objects.create(
        first_day=date(2026, 12, 2), last_day=date(2026, 12, 3), name_fr="panne de courant", name_en="power failure"
    )
    forget()
    said = closure_words("fr", moment).replace("\u00a0", " ")
    assert (words in said and "panne de courant" in said) if words else said == ""
    if words:
        assert "power failure" in closure_words("en", moment)


def test_a_receipt_says_when_the_town_opens_again(town: SmallTown) -> None:
    day = clock.today()
    Closure.objects.create(first_day=day, last_day=day + timedelta(days=9), name_fr="panne", name_en="failure")
    forget()
    contact = waiting(To=town.town.email)
    assert closure_words("fr", contact.started_at) in mail_receipt(contact.pk).text.replace("\n", " ")
