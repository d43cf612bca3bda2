"""Who is told what, and the proof that they asked: points 28, 29, 36, 37 and 38 of outreach."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from parvis.apps.mail.models import Outgoing
from parvis.apps.newsletter.models import Consent, ContactPoint, Subscription
from parvis.apps.newsletter.queries import points
from parvis.apps.newsletter.queries.recipients import recipients
from parvis.apps.newsletter.services import subscriber_erasure as erasing
from parvis.apps.newsletter.services import subscribing
from parvis.apps.newsletter.services import suppression as delivery
from parvis.apps.newsletter.services.subscribing import Origin, Wanted
from parvis.apps.places.models import Sector, Segment
from parvis.apps.telephony.models import OutgoingCall, OutgoingText
from parvis.apps.telephony.rules.keywords import STOP
from parvis.apps.telephony.services.calls.outgoing import queue_calls
from parvis.apps.telephony.services.carriers import Addressed
from parvis.apps.telephony.services.texts.incoming import record_opt_out
from parvis.apps.telephony.services.texts.outgoing import queue_texts
from parvis.lib.clock import at, now
from tests.counting import statements
from tests.factories import SmallTown, make_address, unique

pytestmark = pytest.mark.django_db
FORM = {"email": "Louise@Exemple.ca", "news": "on", "alerts": "on", "address": "", "website": ""}


def enrolled(town: SmallTown, target: str, channel: str = "email", **wanted: Any) -> ContactPoint:
    origin = Origin("phone", words="Je le demande.", evidence="a dit oui", clerk=town.agent)
    values: dict[str, Any] = {"alerts": True, "places": []}
    return subscribing.enrol(
        channel=channel,
        target=target,
        language="fr",
        wanted=Wanted(**(values | wanted)),
        origin=origin,
    )


def test_28_a_subscription_is_confirmed_by_a_post_and_a_get_changes_nothing(
    town: SmallTown, client: Client, run_jobs: Callable[[], int]
) -> None:
    asked = client.post("/abonnement/", FORM)
    assert asked.status_code == 200
    run_jobs()
    letter = Outgoing.objects.get(to="louise@exemple.ca")
    path = re.search(r"https?://[^/\s]+(/abonnement/\S+/)", letter.text)
    assert path
    for _scanner in range(2):
        assert client.get(path[1]).status_code == 200
        assert client.head(f"{path[1]}confirmer/").status_code == 405
    assert recipients(kind="news") == []
    assert client.post(f"{path[1]}confirmer/").status_code == 302
    assert client.post(f"{path[1]}confirmer/").status_code == 302
    [one] = recipients(kind="news")
    assert (one.target, one.channel, one.language) == ("louise@exemple.ca", "email", "fr")
    proof = list(Consent.objects.order_by("pk").values_list("action", "via"))
    assert proof == [("asked", "web"), ("given", "web")]
    given = Consent.objects.get(action="given")
    assert "1, rue du Quai" in given.words and path[1] not in given.page and given.network
    with pytest.raises(TypeError):
        given.save()
    again = Client().post("/abonnement/", FORM | {"news": ""})  # a stranger changes nothing, and learns nothing
    assert again.content.partition(b"<main")[2] == asked.content.partition(b"<main")[2]
    assert len(recipients(kind="news")) == 1
    elsewhere = Client(headers={"Origin": "https://ailleurs.example"}).post(f"{path[1]}partir/")
    assert elsewhere.status_code == 403


def test_subscribing_to_nothing_is_refused_with_what_was_typed_kept(
    town: SmallTown, client: Client, run_jobs: Callable[[], int]
) -> None:
    nothing = client.post("/abonnement/", {"email": "louise@exemple.ca", "address": "1 rue du Quai"})
    words = nothing.content.decode()
    assert nothing.status_code == 422 and "Cochez ce que vous voulez recevoir" in words
    assert 'value="louise@exemple.ca"' in words and 'value="1 rue du Quai"' in words
    begun = client.post("/abonnement/", {"email": "louise@exemple.ca", "begin": "1"})
    main = begun.content.decode().partition("<main")[2].partition("</main")[0]
    assert begun.status_code == 200 and 'value="louise@exemple.ca"' in main
    assert " checked" not in main and "Cochez" not in main
    run_jobs()
    assert not ContactPoint.objects.exists() and not Outgoing.objects.exists()


def test_29_one_is_told_once_by_channel_of_what_touches_a_place(town: SmallTown) -> None:
    address = make_address(12, "rue des Saules")
    south = Sector.objects.create(slug="sud", kind="quartier", name_fr="Sud", name_en="South")
    Segment.objects.create(street=address.street, first=1, last=99, sector=south)  # stronger than the address's own
    north = Sector.objects.get(slug="nord")
    near = enrolled(town, "a@exemple.ca", places=[address, address.street], news=True, groups=[town.pothole.group_id])
    far = enrolled(town, "b@exemple.ca", places=[north])
    everywhere = enrolled(town, "c@exemple.ca")
    voice = enrolled(town, "450 555-0123", "voice")

    def told(**where: object) -> set[int]:
        found = [one.id for one in recipients(kind="alerts", **where)]  # type: ignore[arg-type]
        assert len(found) == len(set(found))
        return set(found)

    assert told() == {near.pk, far.pk, everywhere.pk, voice.pk}
    assert told(sectors=[south.pk]) == {near.pk, everywhere.pk, voice.pk}
    assert told(sectors=[north.pk]) == {far.pk, everywhere.pk, voice.pk}
    assert told(streets=[address.street_id]) == {near.pk, everywhere.pk, voice.pk}
    assert [one.id for one in recipients(kind="news", subject_id=town.pothole.pk)] == [near.pk]
    with statements() as before:
        recipients(kind="alerts", sectors=[south.pk])
    for rank in range(20):
        enrolled(town, f"{rank}@exemple.ca", places=[address])
    with statements() as after:
        recipients(kind="alerts", sectors=[south.pk])
    assert len(after) == len(before)


def test_36_the_proof_is_printed_and_a_list_without_proof_refused_line_by_line(
    town: SmallTown, signed_in: Callable[..., Client]
) -> None:
    client = signed_in(town.agent)
    rows = [
        "channel;target;language;kinds;address;consent_date;consent_source;consent_words",
        "email;un@exemple.ca;fr;news alerts;;2025-03-01;Bulletin papier;Je veux recevoir",
        "email;deux@exemple.ca;fr;news;;;;",
        "email;trois;fr;news;;2025-03-01;Guichet;Oui",
        "text;450 555-0199;fr;alerts;99, rue Inconnue;2025-03-01;Guichet;Oui",
        "email;un@exemple.ca;fr;news;;2025-03-01;Guichet;Oui",
        "email;cinq@exemple.ca;fr;news;;2999-03-01;Guichet;Oui",
    ]
    file = SimpleUploadedFile("liste.csv", "\n".join(rows).encode())
    page = client.post("/desk/newsletter/subscribers/import/", {"file": file}).content.decode()
    assert [f"Ligne {n}" in page for n in range(2, 8)] == [False, True, True, True, False, True]
    point = ContactPoint.objects.get()
    printed = client.get(f"/desk/newsletter/subscribers/{point.pk}/proof/").content.decode()
    for words in ("un@exemple.ca", "Je veux recevoir", "Bulletin papier", "liste.csv", str(town.agent)):
        assert words in printed
    latin = SimpleUploadedFile("liste.csv", "channel;é".encode("latin-1"))
    assert client.post("/desk/newsletter/subscribers/import/", {"file": latin}).status_code == 422


def test_36_an_agent_enrols_and_leaves_for_someone_and_both_are_written(
    town: SmallTown, signed_in: Callable[..., Client]
) -> None:
    client = signed_in(town.agent)
    form = {"channel": "voice", "target": "450 555-0123", "language": "fr", "alerts": "on", "via": "phone"}
    assert client.post("/desk/newsletter/subscribers/", form).status_code == 422  # not without how they asked
    page = client.post("/desk/newsletter/subscribers/", form | {"evidence": "A dit oui."})
    assert [one.channel for one in recipients(kind="alerts")] == ["voice"]
    assert "+14505550123" in [one.target for one in points.search("450 555")]
    client.post(f"{page['Location']}leave/", {"via": "counter", "evidence": "venue au comptoir"})
    assert recipients(kind="alerts") == []
    assert list(Consent.objects.order_by("pk").values_list("action", "via", "clerk__username")) == [
        ("given", "phone", town.agent.username),
        ("withdrawn", "counter", town.agent.username),
    ]
    assert signed_in(town.technician).get("/desk/newsletter/subscribers/").status_code == 403


def test_37_leaving_alerts_leaves_the_news_and_the_letters_about_requests(
    town: SmallTown, client: Client, run_jobs: Callable[[], int]
) -> None:
    point = enrolled(town, "a@exemple.ca", news=True)
    [alert] = recipients(kind="alerts")
    path = "/" + alert.unsubscribe_url.split("/", 3)[3]
    assert client.post(path).status_code == 200
    assert recipients(kind="alerts") == []
    assert [one.id for one in recipients(kind="news")] == [point.pk]
    subscribing.leave_all(secret=point.secret, origin=Origin())
    from_desk = Outgoing.objects.count()
    assert client.get(f"/abonnement/{point.secret}/").status_code == 200
    assert Outgoing.objects.count() == from_desk


def test_38_a_number_that_answered_stop_gets_no_alert(town: SmallTown) -> None:
    enrolled(town, "450 555-0177", "text")
    assert len(recipients(kind="alerts")) == 1
    record_opt_out("+14505550177", STOP)
    assert recipients(kind="alerts") == []


def test_a_subscriber_changes_choices_and_adds_a_number(
    town: SmallTown, client: Client, run_jobs: Callable[[], int], settings: object
) -> None:
    address = make_address(12, "rue des Saules")
    point = enrolled(town, "a@exemple.ca", news=True)
    page = f"/abonnement/{point.secret}/"
    wrong = client.post(page, {"news": "on", "address": "1, rue de Nulle Part", "website": ""})
    assert wrong.status_code == 422
    client.post(page, {"news": "on", "groups": [str(town.pothole.group_id)], "address": address.label, "website": ""})
    chosen = points.choices_of(point)
    assert (chosen.news, chosen.alerts, chosen.all_news) == (True, False, False)
    assert [place.label for place in chosen.places] == [address.label]
    assert client.post(f"{page}ajouter/", {"email": "", "phone": "450 555-0144", "website": ""}).status_code == 302
    added = ContactPoint.objects.get(channel="text")
    assert added.subscriber_id == point.subscriber_id and added.confirmed_at is None
    assert [one.id for one in recipients(kind="alerts")] == []
    assert client.get("/abonnement/inconnu/").status_code == 404


def test_erasing_by_law_keeps_a_proof_without_the_address(town: SmallTown, signed_in: Callable[..., Client]) -> None:
    point = enrolled(town, f"{unique()}@exemple.ca", news=True)
    target = point.target
    url = f"/desk/newsletter/subscribers/{point.pk}/erase/"
    assert signed_in(town.agent).post(url, {"ground": "demandé"}).status_code == 403
    erasing.erase_subscriber(point_id=point.pk, ground="demandé par écrit", by=town.privacy_officer)
    point.refresh_from_db()
    assert point.target == "" and not Subscription.objects.exists() and recipients(kind="news") == []
    assert [one.pk for one in points.search(target)] == [point.pk]
    assert [row.action for row in points.history(point)] == ["given", "erased"]
    assert Client().get(f"/abonnement/{point.secret}/").status_code == 404


def test_a_dead_link_says_so_and_offers_another(town: SmallTown, client: Client, run_jobs: Callable[[], int]) -> None:
    alive, dead = enrolled(town, "a@exemple.ca", news=True), enrolled(town, "b@exemple.ca", news=True)
    erasing.erase_subscriber(point_id=dead.pk, ground="demandé par écrit", by=town.privacy_officer)
    for secret in (dead.secret, "inconnu"):
        pages = [client.get(f"/abonnement/{secret}/"), client.get(f"/abonnement/{secret}/partir/news/")]
        pages += [
            client.post(f"/abonnement/{secret}/{move}/") for move in ("confirmer", "ajouter", "partir", "retirer/1")
        ]
        for page in pages:
            words = page.content.decode()
            assert page.status_code == 404 and "Ce lien n’ouvre aucun abonnement" in words
            assert 'action="/abonnement/lien/"' in words and 'href="/abonnement/"' in words
            assert "requête" not in words.partition("<main")[2].partition("</main")[0]
    assert client.post("/abonnement/lien/", {"email": "", "website": ""}).status_code == 422
    assert client.post("/abonnement/lien/", {"email": "a@", "website": ""}).status_code == 422
    said = [client.post("/abonnement/lien/", {"email": f"{who}@exemple.ca", "website": ""}) for who in "ab"]
    mains = [page.content.decode().partition("<main")[2].replace("b@", "a@") for page in said]
    assert mains[0] == mains[1], "nobody learns whether an address is known"
    run_jobs()
    [letter] = Outgoing.objects.all()
    assert letter.to == "a@exemple.ca" and f"/abonnement/{alive.secret}/" in letter.text


def test_who_left_is_written_to_again_only_once_they_confirm(
    town: SmallTown, client: Client, run_jobs: Callable[[], int]
) -> None:
    point = enrolled(town, "louise@exemple.ca", news=True)
    for leaving in range(3):
        page = f"/abonnement/{point.secret}/"
        if leaving == 0:
            client.post(f"{page}partir/")
        elif leaving == 1:
            for kind in ("news", "alerts"):
                subscribing.leave(secret=point.secret, kind=kind, origin=Origin())
        else:
            delivery.suppress(point_id=point.pk, why="complained")
        assert "Gardez" not in client.get(page).content.decode()
        assert client.get(page).content.decode().count('name="alerts"') == 1  # one may choose again there
        client.post(f"{page}confirmer/")  # there is nothing to confirm
        assert subscribing.confirm(secret=point.secret, origin=Origin()).confirmed_at is None
        Client().post("/abonnement/", FORM)
        run_jobs()
        assert recipients(kind="news") == recipients(kind="alerts") == []
        asked = Outgoing.objects.filter(to="louise@exemple.ca", subject__contains="Confirmez")
        assert asked.count() == leaving + 1  # a new request each time, in the same hour
        erasing.purge()  # the proof of what was stays
        assert client.post(f"{page}confirmer/").status_code == 302
        assert [one.id for one in recipients(kind="news")] == [point.pk]
    actions = [row.action for row in points.history(point)]
    assert actions.count("given") == 4
    client.post(f"/abonnement/{point.secret}/partir/")
    client.post(f"/abonnement/{point.secret}/", {"alerts": "on", "address": "", "website": ""})
    assert [one.id for one in recipients(kind="alerts")] == [point.pk]  # their own page is proof enough
    with at(now() + timedelta(days=40)):
        client.post(f"/abonnement/{point.secret}/partir/")
        Client().post("/abonnement/", FORM)
    with at(now() + timedelta(days=80)):
        erasing.purge()
    assert ContactPoint.objects.filter(pk=point.pk).exists() and not Subscription.objects.exists()


def test_a_stranger_changes_no_place_and_one_s_own_page_keeps_those_it_does_not_show(
    town: SmallTown, client: Client
) -> None:
    address, sector = make_address(12, "rue des Saules"), Sector.objects.get(slug="nord")
    point = enrolled(town, "louise@exemple.ca", places=[address, sector])
    page = f"/abonnement/{point.secret}/"
    client.post(f"{page}ajouter/", {"email": "", "phone": "450 555-0144", "website": ""})
    asked = {"email": "", "phone": "450 555-0144", "alerts": "on", "address": "", "website": ""}
    assert Client().post("/abonnement/", asked).status_code == 200

    def places() -> list[str]:
        return [place.label for place in points.choices_of(point).places]

    assert places() == [address.label, str(sector)]
    shown = client.get(page).content.decode()
    assert str(sector) in shown
    assert "0144" in shown and "555-0144" not in shown  # whom the letter was forwarded to does not read the number
    same = {"alerts": "on", "news": "on", "address": address.label, "website": ""}
    assert client.post(page, same).status_code == 302
    assert places() == [address.label, str(sector)]
    assert client.post(page, same | {"address": ""}).status_code == 302
    assert places() == []


def test_36_a_number_left_by_text_keeps_what_was_said_to_it_by_call(town: SmallTown) -> None:
    """A couple shares a number: one is written to there, the other is called."""
    number = "+14505550144"
    written, called = enrolled(town, number, "text"), enrolled(town, number, "voice")
    assert written.subscriber_id != called.subscriber_id
    queue_texts(texts=[Addressed("alerte", number, "Eau")], kind=OutgoingText.Kind.NOTICE)
    queue_calls(calls=[Addressed("alerte", number, "Eau")])
    subscribing.leave_all(secret=written.secret, origin=Origin())
    with at(now() + timedelta(days=3 * 365 + 1)):
        assert erasing.purge() == 1
    assert [text.to for text in OutgoingText.objects.all()] == [""]
    assert [(call.to, call.words) for call in OutgoingCall.objects.all()] == [(number, "Eau")]
    erasing.erase_subscriber(point_id=called.pk, ground="demandé", by=town.privacy_officer)
    assert [(call.to, call.words) for call in OutgoingCall.objects.all()] == [("", "")]
