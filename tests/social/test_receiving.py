"""What people write on Facebook: each event once at the desk, whatever the order, answered as the town."""

import json
from collections.abc import Callable

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django_q.models import OrmQ

from parvis.apps.cases.models import Case
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.directory.models import Actor, User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.intake.models import Alert, Contact, ReceivedSocial, SocialReply
from parvis.apps.intake.services import assigning, contacts, requests
from parvis.apps.intake.services.matters import MatterInput
from parvis.apps.intake.services.requests import NewRequest
from parvis.apps.intake.services.social.answers import answer_social
from parvis.apps.intake.services.social.received import take_in_social_left_behind
from parvis.apps.mail.models import Outgoing
from parvis.apps.social.models import Account, Message, Post, WebhookEvent
from parvis.apps.social.rules.signature import signature
from parvis.apps.social.services.outgoing import queue_answer, queue_post, send_due
from parvis.apps.social.tasks import read_event, sweep_events
from parvis.operations.fake_services.facebook import Networks
from parvis.operations.fake_services.names import APP_SECRET, PAGE, PAGE_TOKEN, VERIFY
from tests.counting import statements
from tests.factories import SmallTown, make_person, unique
from tests.social.conftest import Hook

Jobs = Callable[[], int]
Later = Callable[..., None]
SignedIn = Callable[[User], Client]
WORDS = "La rue Bachand c’est une honte, à côté de l’école « Carignan-Salières »"


def only() -> Contact:
    return Contact.objects.get(channel="social")


def answer(town: SmallTown, words: str, contact: Contact | None = None, **values: object) -> SocialReply:
    contact = contact or only()
    matter = MatterInput(contact.pk, unique(), town.agent, words="…", finish=True)
    return answer_social(
        contact_id=contact.pk,
        key="1",
        words=words,
        matter=matter,
        by=town.agent,
        **values,  # type: ignore[arg-type]
    )


def test_20_the_challenge_is_echoed_and_only_the_right_signature_is_taken(
    page: Account, networks: Networks, hook: Hook
) -> None:
    ask = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": VERIFY}
    echoed = Client().get("/hooks/social/facebook", ask)
    assert (echoed.status_code, echoed.content) == (200, b"1158201444")
    assert Client().get("/hooks/social/facebook", ask | {"hub.verify_token": "autre"}).status_code == 403
    body = networks.told(networks.comment(WORDS))
    assert b"\\u2019" in body and b"\\/" in body, "as Meta spells it"
    sha1 = {"X-Hub-Signature": "sha1=" + "0" * 40}
    wrong = {"X-Hub-Signature-256": signature("another secret", body)}
    respelled = {
        "X-Hub-Signature-256": signature(APP_SECRET, json.dumps(json.loads(body), ensure_ascii=False).encode())
    }
    assert [hook(body, headers) for headers in ({}, sha1, wrong, respelled)] == [403] * 4
    assert WebhookEvent.objects.count() == 0
    assert hook(body) == 200
    assert hook(b"[" * 5000) == 200, "signed, but no webhook: kept out by the job"


def test_21_the_same_event_thrice_a_batch_of_fifty_and_our_echoes(
    page: Account, networks: Networks, hook: Hook, run_jobs: Jobs
) -> None:
    queue_post(key="k", account_id=page.pk, text="Bonjour")
    run_jobs()
    comment = networks.comment(WORDS)
    for _time in range(3):
        assert hook(networks.told(comment)) == 200
    hook(networks.told(comment, at=networks.wall_clock() + 60))
    hook(networks.told(*[networks.comment(f"Commentaire {rank}", by=f"7{rank}") for rank in range(50)]))
    run_jobs()
    assert Contact.objects.filter(channel="social").count() == 51
    echo = networks.write("message", "Écrit par Meta Business Suite", parent="601")
    answered = networks.write("comment", "Merci", parent=comment.id)
    hook(networks.told(echo, answered))
    run_jobs()
    assert Contact.objects.filter(channel="social").count() == 51
    assert Message.objects.filter(ours=True).count() == 2


def test_22_stored_before_any_work_a_kill_between_loses_nothing(
    page: Account, networks: Networks, hook: Hook, run_jobs: Jobs, later: Later
) -> None:
    assert hook(networks.told(networks.comment(WORDS))) == 200
    assert Message.objects.count() == 0, "answered before any work"
    OrmQ.objects.all().delete()  # the worker died with the job
    later(minutes=6)
    sweep_events()
    OrmQ.objects.all().delete()
    later(minutes=6)
    take_in_social_left_behind()
    assert only().text == WORDS
    assert bytes(WebhookEvent.objects.get().body) == b"", "nothing is kept twice"
    read_event(WebhookEvent.objects.get().pk)
    assert Contact.objects.count() == 1


def test_23_a_message_and_a_comment_edited_and_removed_in_any_order(
    page: Account, networks: Networks, hook: Hook, run_jobs: Jobs, later: Later
) -> None:
    comment, message = networks.comment("Premiers mots"), networks.message("Bonjour, la patinoire?")
    add, later_words = networks.told(comment), "Mots corrigés"
    later(minutes=1)
    comment.text = later_words
    edit = networks.told(comment, verb="edited")
    later(minutes=1)
    remove = networks.told(comment, verb="remove")
    for body in (remove, edit, add, networks.told(message), add):
        hook(body)
        run_jobs()
    rows = {row.kind: row for row in Message.objects.all()}
    kept = rows["comment"]
    assert (kept.text, [one["text"] for one in kept.history], bool(kept.removed_at)) == (
        later_words, ["Premiers mots"], True,
    )  # fmt: skip
    message.text = "Bonjour, la patinoire du parc?"
    later(minutes=1)
    hook(networks.told(message, verb="edit"))
    hook(networks.told(networks.message("Merci d’avance")))
    hook(networks.told(message, verb="remove"))
    run_jobs()
    assert Contact.objects.filter(channel="social").count() == 2, "the same conversation, still open"
    contact = Contact.objects.get(social__message__external_id=message.id)
    assert contact.social.count() == 2
    edited = Message.objects.get(external_id=message.id)
    assert edited.author_name == "Paul Tremblay", "asked from the network, which does not tell it with the message"
    assert (edited.text, edited.history[0]["text"]) == ("Bonjour, la patinoire du parc?", "Bonjour, la patinoire?")


def test_23_an_answer_leaves_as_the_town_and_may_be_taken_back(
    town: SmallTown, page: Account, networks: Networks, hook: Hook, run_jobs: Jobs, later: Later, signed_in: SignedIn
) -> None:
    comment = networks.comment("Le lampadaire est éteint au coin.")
    hook(networks.told(comment))
    run_jobs()
    contact, client = only(), signed_in(town.agent)
    url = reverse("desk:social_message", args=[contact.pk])
    shown = client.get(url).content.decode()
    assert "Le lampadaire est éteint au coin." in shown and PAGE_TOKEN not in shown
    fields = {
        "reply-key": "a",
        "reply-words": "Merci, l’équipe passe demain.",
        "reply-latest": Message.objects.get().pk,
    }
    assert client.post(reverse("desk:send_social", args=[contact.pk]), fields).status_code == 302
    run_jobs()
    assert [item.by for item in networks.of("comment")] == ["501"], "it may still be taken back"
    reply = SocialReply.objects.get()
    client.post(reverse("desk:take_social_back", args=[reply.pk]))
    assert only().state == Contact.State.IN_PROGRESS
    client.post(reverse("desk:send_social", args=[contact.pk]), fields | {"reply-key": "b"})
    later(seconds=20)
    client.post(reverse("desk:send_due_social"))
    run_jobs()
    (_theirs, ours) = networks.of("comment")
    assert (ours.by, ours.parent, ours.text) == (PAGE, comment.id, "Merci, l’équipe passe demain.")
    assert only().state == Contact.State.DONE and "Merci, l’équipe" in client.get(url).content.decode()
    hook(networks.told(ours))
    run_jobs()
    assert Contact.objects.count() == 1, "our own answer comes back as an echo"


def test_a_public_answer_says_nothing_of_a_file(
    town: SmallTown, page: Account, networks: Networks, hook: Hook, run_jobs: Jobs, signed_in: SignedIn
) -> None:
    hook(networks.told(networks.comment("Où en est 26-1234-A?")))
    run_jobs()
    contact = only()
    person = make_person("Jeanne Arsenault", phone="+14505550123")
    person.email = "jeanne@exemple.ca"
    person.save()
    Contact.objects.update(person=person)
    client = signed_in(town.agent)
    page_of = client.get(reverse("desk:social_message", args=[contact.pk])).content.decode()
    assert "jeanne@exemple.ca" not in page_of and "450 555-0123" not in page_of and "tout le monde" in page_of.lower()
    for words in ("Écrivez à jeanne@exemple.ca", "Appelée au 450 555-0123", "Voir /suivi/abc/", "Requête 26-1234-A"):
        fields = {"reply-key": "a", "reply-words": words, "reply-latest": Message.objects.get().pk}
        assert client.post(reverse("desk:send_social", args=[contact.pk]), fields).status_code == 422, words
    assert Post.objects.count() == 0


@pytest.mark.parametrize(
    ("hours", "tag"), [(1, None), (30, "HUMAN_AGENT"), (24 * 8, "closed")], ids=["day", "week", "later"]
)
def test_24_the_window_of_an_answer(
    hours: int, tag: str | None, town: SmallTown, page: Account, networks: Networks, hook: Hook, run_jobs: Jobs,
    later: Later, signed_in: SignedIn,
) -> None:  # fmt: skip
    hook(networks.told(networks.message("La patinoire ouvre-t-elle?")))
    run_jobs()
    later(hours=hours)
    client, contact = signed_in(town.agent), only()
    fields = {"reply-key": "a", "reply-words": "Samedi, 9 h.", "reply-latest": Message.objects.get().pk}
    sent = client.post(reverse("desk:send_social", args=[contact.pk]), fields)
    if tag == "closed":
        assert sent.status_code == 409 and "Un autre moyen" in sent.content.decode()
        assert Post.objects.count() == 0
        return
    later(seconds=20)
    send_due()
    by_program = queue_answer(key="p", message_id=Message.objects.get().pk, text="Auto", by_person=False)
    run_jobs()
    (_theirs, ours, *_more) = networks.of("message")
    assert (ours.parent, ours.text, ours.fields.get("tag")) == ("601", "Samedi, 9 h.", tag)
    by_program.refresh_from_db()
    assert by_program.state == ("sent" if tag is None else "failed"), "after a day, a person only"


def test_an_answer_that_fails_comes_back_to_the_desk_and_is_tried_again(
    town: SmallTown, page: Account, networks: Networks, hook: Hook, run_jobs: Jobs, later: Later, signed_in: SignedIn
) -> None:
    hook(networks.told(networks.comment("Allo")))
    run_jobs()
    networks.faults = ["200", "none"]
    reply = answer(town, "Bonjour!")
    later(seconds=20)
    send_due()
    run_jobs()
    client = signed_in(town.agent)
    listed = client.get(reverse("desk:social_inbox")).content.decode()
    assert "Allo" in listed
    client.post(reverse("desk:retry_social", args=[reply.post_id]))
    run_jobs()
    assert (
        Post.objects.get().state == "sent" and "Allo" not in client.get(reverse("desk:social_inbox")).content.decode()
    )


def test_a_comment_is_hidden_shown_again_and_closed(
    town: SmallTown, page: Account, networks: Networks, hook: Hook, run_jobs: Jobs, signed_in: SignedIn
) -> None:
    comment = networks.comment("Insulte")
    hook(networks.told(comment))
    run_jobs()
    client, contact = signed_in(town.agent), only()
    for wanted in ("1", ""):
        client.post(reverse("desk:hide_social", args=[contact.pk]), {"hidden": wanted})
        run_jobs()
        assert networks.items[comment.id].hidden is bool(wanted)
    client.post(reverse("desk:close_social", args=[contact.pk]), {"why": "nothing"})
    assert only().state == Contact.State.DONE
    client.post(reverse("desk:close_social", args=[contact.pk]))
    assert only().state == Contact.State.WAITING


def test_a_danger_alerts_as_a_letter_does_also_when_it_is_added_later(
    town: SmallTown, page: Account, networks: Networks, hook: Hook, run_jobs: Jobs, later: Later
) -> None:
    hook(networks.told(networks.message("Il y a une forte odeur de gaz dans la cave.")))
    comment = networks.comment("Bonjour")
    hook(networks.told(comment))
    run_jobs()
    assert Alert.objects.filter(kind="danger").count() == 1
    later(minutes=1)
    comment.text = "Il y a une forte odeur de gaz dans la rue."
    hook(networks.told(comment, verb="edited"))
    run_jobs()
    assert Alert.objects.filter(kind="danger").count() == 2
    assert ReceivedSocial.objects.filter(danger=True).count() == 2


def test_the_same_author_is_tied_to_the_file_and_to_the_open_request(
    town: SmallTown, page: Account, networks: Networks, hook: Hook, run_jobs: Jobs
) -> None:
    hook(networks.told(networks.comment("Il fait noir")))
    run_jobs()
    person = make_person()
    contact = assigning.take_contact(contact_id=only().pk, by=town.agent)
    contacts.identify(contact_id=contact.pk, person=person, by=town.agent)
    opened = open_request(town, contact)
    hook(networks.told(networks.comment("Des nouvelles?")))
    run_jobs()
    second = Contact.objects.order_by("-pk")[0]
    assert (second.person, second.references["cases"]) == (person, [opened.reference])


def open_request(town: SmallTown, contact: Contact) -> Case:
    request = NewRequest(
        unique(), town.streetlight, words="Il fait noir", by=Actor.staff(town.agent), contact_id=contact.pk, finish=True
    )
    return requests.open_request(request).case


def test_what_was_erased_by_law_is_erased_here_too(
    town: SmallTown, page: Account, networks: Networks, hook: Hook, run_jobs: Jobs
) -> None:
    comment = networks.comment("Zacharie habite au 12")
    hook(networks.told(comment))
    comment.text = "Zacharie habite au 14"
    hook(networks.told(comment, verb="edited", at=networks.wall_clock() + 60))
    run_jobs()
    contact = assigning.take_contact(contact_id=only().pk, by=town.agent)
    case = open_request(town, contact)
    erase_words(case_id=case.pk, seq=1, ground="Loi 25", by=town.privacy_officer)
    run_jobs()
    kept = Message.objects.get()
    assert (kept.text, kept.history, kept.author_name, kept.author_id) == ("", [], "", "") and kept.erased_at
    assert "Zacharie" not in only().text
    hook(networks.told(comment, at=networks.wall_clock() + 120))
    run_jobs()
    assert Message.objects.get().text == "" and Contact.objects.count() == 1


def test_lists_cost_the_same_whatever_their_length(
    town: SmallTown, page: Account, networks: Networks, hook: Hook, run_jobs: Jobs, signed_in: SignedIn
) -> None:
    client, costs = signed_in(town.agent_and_technician), []
    for rank in (1, 12):
        for one in range(rank):
            queue_post(key=f"{rank}-{one}", account_id=page.pk, text=f"Nouvelle {rank} {one}")
        hook(networks.told(*[networks.comment(f"Commentaire {rank}", by=f"{rank}{one}") for one in range(rank)]))
        run_jobs()
        client.get(reverse("desk:social_inbox"))
        client.get(reverse("desk:social"))
        with statements() as made:
            client.get(reverse("desk:social_inbox"))
            client.get(reverse("desk:social"))
        costs.append(len(made))
    assert costs[0] == costs[1]


def plain_pages(namespace: str) -> list[str]:
    """The addresses of a surface that take no parameter."""
    resolvers = [one for one in get_resolver().url_patterns if isinstance(one, URLResolver)]
    patterns = [one for resolver in resolvers if resolver.namespace == namespace for one in resolver.url_patterns]
    named = [one for one in patterns if isinstance(one, URLPattern) and one.name and not one.pattern.converters]
    return [reverse(f"{namespace}:{one.name}") for one in named]


def answer_of(response: HttpResponseBase) -> str:
    """What a page says, whole."""
    body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return str(body.decode(errors="replace"))


def test_the_token_is_shown_nowhere(
    town: SmallTown, page: Account, run_jobs: Jobs, signed_in: SignedIn, caplog: pytest.LogCaptureFixture
) -> None:
    client = signed_in(town.staff[Role.ADMINISTRATOR])
    fields = {"network": "facebook", "name": "Loisirs", "page_id": "12", "token": "a-planted-secret", "server": ""}
    assert client.post(reverse("desk:connect_social"), fields, follow=True).status_code == 200
    run_jobs()
    again = client.post(reverse("desk:connect_social"), fields | {"name": ""})
    account = Account.objects.get(page_id="12")
    assert not account.alive, "the network does not know this token"
    client.post(reverse("desk:renew_social", args=[account.pk]), {"token": "a-planted-secret"})
    seen = [again.content.decode(), caplog.text, repr(account), str(account)]
    paths = ["/", "/readyz", "/api/v1/openapi.json", *plain_pages("desk"), *plain_pages("dev")]
    for reader in (client, signed_in(town.agent), signed_in(town.privacy_officer)):
        seen += [answer_of(reader.get(path)) for path in paths]
    seen += [
        OrmQ.objects.values_list("payload", flat=True).first() or "",
        *Outgoing.objects.values_list("text", flat=True),
    ]
    assert len(seen) > 100
    assert not [text for text in seen if "a-planted-secret" in text or PAGE_TOKEN in text]
