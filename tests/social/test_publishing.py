"""What the town publishes: once, corrected, withdrawn; each failure said in its own terms, and no other post waits."""

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pytest_django import Settings

from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.files.services.attachments import keep_photo
from parvis.apps.intake.services.social.alarms import tell_graph_version
from parvis.apps.mail.models import Outgoing
from parvis.apps.outbox.services import begin
from parvis.apps.social.models import Account, Post
from parvis.apps.social.queries import posts, words
from parvis.apps.social.rules.limits import count, most
from parvis.apps.social.rules.versions import end_of, warned_end
from parvis.apps.social.services import accounts, outgoing, sending
from parvis.apps.social.tasks import check_accounts
from parvis.lib import clock
from parvis.lib.errors import Conflict, Invalid, NotFound
from parvis.operations.fake_services.facebook import Networks
from tests.factories import SmallTown

Jobs = Callable[[], int]
Later = Callable[..., None]
WORDS = "Interdiction de stationner cette nuit, secteur Nord, jusqu’à 7 h."
State = Post.State


def put(account: Account, key: str = "k", text: str = WORDS, **values: object) -> Post:
    return outgoing.queue_post(key=key, account_id=account.pk, text=text, **values)  # type: ignore[arg-type]


def picture() -> Attachment:
    data = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(data, "PNG")
    return keep_photo(SimpleUploadedFile("rue.png", data.getvalue()), by=Actor.citizen())


def of(key: str = "k") -> Post:
    return Post.objects.get(key=key)


@pytest.mark.parametrize("network", ["page", "mastodon"])
def test_a_post_is_published_corrected_and_withdrawn(
    network: str, request: pytest.FixtureRequest, networks: Networks, run_jobs: Jobs
) -> None:
    account, kinds = request.getfixturevalue(network), {"page": "post", "mastodon": "status"}
    put(account, link="https://service.ville.example/nouvelles/1/")
    put(account, text=WORDS)
    run_jobs()
    (there,) = networks.of(kinds[network])
    assert (of().state, of().external_id, bool(of().url)) == (State.SENT, there.id, True)
    assert WORDS in there.text and "nouvelles/1" in there.text + there.link
    outgoing.queue_edit(key="k", text="Jusqu’à 8 h plutôt.")
    run_jobs()
    assert networks.items[there.id].text.startswith("Jusqu’à 8 h plutôt.") and of().state == State.SENT
    outgoing.queue_delete(key="k")
    run_jobs()
    assert networks.of(kinds[network]) == [] and (of().state, of().result) == (State.SENT, Post.Result.WITHDRAWN)
    assert len(networks.items) == 1
    with pytest.raises(Conflict):
        outgoing.queue_edit(key="k", text="Encore")


@pytest.mark.parametrize(("network", "kind"), [("page", "photo"), ("mastodon", "status")])
def test_a_picture_leaves_with_what_it_shows(
    network: str, kind: str, request: pytest.FixtureRequest, networks: Networks, run_jobs: Jobs
) -> None:
    account = request.getfixturevalue(network)
    put(account, image_id=picture().pk, image_text="Une niveleuse dans la rue du Quai")
    run_jobs()
    (there,) = networks.of(kind)
    assert there.image > 100 and there.image_text == "Une niveleuse dans la rue du Quai"
    outgoing.queue_edit(key="k", text="Corrigé")
    run_jobs()
    assert networks.items[there.id].text == "Corrigé" and networks.items[there.id].image > 100


@pytest.mark.parametrize("network", ["page", "mastodon"])
@pytest.mark.parametrize("fault", ["500", "hang"])
def test_11_taken_without_an_answer_is_published_once(
    fault: str, network: str, request: pytest.FixtureRequest, networks: Networks, run_jobs: Jobs, later: Later
) -> None:
    account = request.getfixturevalue(network)
    run_jobs()
    networks.faults = [fault, "none"]
    put(account)
    run_jobs()
    assert of().state == State.UNCERTAIN and len(networks.items) == 1
    outgoing.queue_edit(key="k", text="Corrigé entre-temps")
    run_jobs()
    assert of().state == State.UNCERTAIN, "it is looked for, a minute later"
    later(seconds=90)
    outgoing.send_due()
    run_jobs()
    assert of().state == State.SENT
    assert [item.text for item in networks.items.values()] == ["Corrigé entre-temps"]


@pytest.mark.parametrize("fault", ["503", "lost"])
def test_not_taken_without_an_answer_is_looked_for_then_sent(
    fault: str, page: Account, networks: Networks, run_jobs: Jobs, later: Later
) -> None:
    run_jobs()
    networks.faults = [fault, "none"]
    put(page)
    run_jobs()
    assert of().state == State.UNCERTAIN and networks.items == {}
    later(seconds=90)
    outgoing.send_due()
    run_jobs()
    assert of().state == State.SENT and len(networks.items) == 1


@pytest.mark.parametrize(("fault", "there"), [("500", 1), ("503", 0)])
def test_withdrawn_while_in_doubt_it_stands_nowhere_and_is_never_sent_again(
    fault: str, there: int, page: Account, networks: Networks, run_jobs: Jobs, later: Later
) -> None:
    run_jobs()
    networks.faults = [fault, "none"]
    put(page)
    run_jobs()
    outgoing.queue_delete(key="k")
    assert not of().is_withdrawn, "the network may have it"
    later(seconds=90)
    outgoing.send_due()
    run_jobs()
    assert of().is_withdrawn and of().state_label == "retiré"
    assert networks.of("post") == [] and len(networks.items) == there


def test_a_backup_restored_before_the_hour_of_a_post_publishes_it_at_its_hour(
    page: Account, networks: Networks, run_jobs: Jobs, later: Later
) -> None:
    put(page, not_before=clock.now() + timedelta(hours=1))
    assert outgoing.doubt_unsent() == 0
    run_jobs()
    outgoing.send_due()
    run_jobs()
    assert networks.items == {}
    later(hours=1, minutes=1)
    outgoing.send_due()
    run_jobs()
    assert of().state == State.SENT and len(networks.items) == 1


def test_a_process_that_dies_leaves_a_doubt_that_is_looked_for(
    page: Account, networks: Networks, run_jobs: Jobs, later: Later
) -> None:
    run_jobs()
    post = put(page)
    assert begin(sending.POSTS, post), "then the process dies, and the network has it"
    networks.write("post", WORDS)
    run_jobs()
    later(seconds=90)
    outgoing.send_due()
    run_jobs()
    assert of().state == State.SENT and len(networks.items) == 1


def test_11_a_token_that_dies_before_the_look_leaves_the_doubt(
    page: Account, networks: Networks, run_jobs: Jobs, later: Later
) -> None:
    run_jobs()
    assert begin(sending.POSTS, put(page)), "then the process dies, and the network has it"
    networks.write("post", WORDS)
    networks.dead = 463
    run_jobs()
    later(seconds=90)
    outgoing.send_due()
    run_jobs()
    assert of().state == State.FAILED
    networks.dead = 0
    accounts.renew_token(account_id=page.pk, token=page.token)
    outgoing.retry_post(key="k")
    run_jobs()
    assert of().state == State.SENT and len(networks.items) == 1


def test_12_a_dead_token_stops_its_account_alone_and_people_are_told(
    town: SmallTown, page: Account, mastodon: Account, networks: Networks, run_jobs: Jobs
) -> None:
    run_jobs()
    networks.faults = ["460", "none"]
    put(page, "first")
    put(page, "second", "Autre message")
    put(mastodon, "third")
    run_jobs()
    page.refresh_from_db()
    assert (page.alive, page.error_code) == (False, "190/460")
    assert {key: (post.state, post.error_kind) for key, post in posts.posts(["first", "second", "third"]).items()} == {
        "first": (State.FAILED, "token"),
        "second": (State.FAILED, "token"),
        "third": (State.SENT, ""),
    }
    assert "mot de passe" in words.explain("190/460")
    letters = Outgoing.objects.filter(key__startswith=f"social-dead-{page.pk}")
    assert sorted(letters.values_list("to", flat=True)) == sorted([town.administrator.email, town.key_maker.email])
    with pytest.raises(Conflict):
        outgoing.retry_post(key="first")
    put(page, "fourth", "Encore un")
    run_jobs()
    assert of("fourth").state == State.FAILED, "nothing is shown as waiting to leave"
    accounts.renew_token(account_id=page.pk, token=page.token)
    outgoing.retry_post(key="first")
    writes = networks.writes
    run_jobs()
    assert (of("first").state, of("second").state) == (State.SENT, State.FAILED)
    assert networks.writes == writes + 1, "only what failed, and was asked for"


@pytest.mark.parametrize(
    ("fault", "state", "kind", "code"),
    [
        ("368", State.QUEUED, "retry", "368/1390008"),
        ("200", State.FAILED, "refused", "200"),
        ("100", State.FAILED, "body", "100"),
    ],
)
def test_each_refusal_says_what_it_is_and_what_to_do(
    fault: str, state: str, kind: str, code: str, page: Account, networks: Networks, run_jobs: Jobs, later: Later
) -> None:
    run_jobs()
    networks.faults = [fault, "none"]
    put(page)
    run_jobs()
    assert (of().state, of().error_kind, of().error_code) == (state, kind, code)
    assert networks.items == {} and bool(words.explain(code)) == (fault != "100")
    if fault == "368":
        put(page, "second", "Autre")
        run_jobs()
        assert networks.writes == 1, "the account waits, whole"
        later(hours=1, minutes=1)
        outgoing.send_due()
        run_jobs()
        assert (of().state, of("second").state) == (State.SENT, State.SENT)
    else:
        outgoing.retry_post(key="k")
        run_jobs()
        assert of().state == State.SENT


def test_7_8_a_post_waits_for_its_hour_and_a_late_one_is_not_sent(
    page: Account, networks: Networks, run_jobs: Jobs, later: Later
) -> None:
    put(page, not_before=clock.now() + timedelta(hours=1))
    put(page, "never", "Jamais", not_before=clock.now() + timedelta(hours=1))
    put(page, "late", "Trop tard", not_before=clock.now() + timedelta(hours=1))
    run_jobs()
    outgoing.send_due()
    run_jobs()
    outgoing.queue_delete(key="never")
    Post.objects.filter(key="late").update(
        not_before=clock.now() - timedelta(hours=5), queued_at=clock.now() - timedelta(hours=6)
    )
    assert networks.items == {}
    later(hours=1, minutes=1)
    outgoing.send_due()
    run_jobs()
    assert [item.text for item in networks.of("post")] == [WORDS]
    assert (of("never").state, of("late").state) == (State.CANCELLED, State.FAILED)


def test_2_limits_are_those_of_each_network(page: Account, mastodon: Account) -> None:
    assert (most("facebook"), most("mastodon")) == (63_206, 500)
    assert count("mastodon", "Voir https://service.ville.example/un-tres-long-chemin-vers-une-nouvelle/") == 28
    for account in (page, mastodon):
        with pytest.raises(Invalid):
            put(account, text="é" * (most(account.network) + 1))
        with pytest.raises(Invalid):
            put(account, text="  ")
    with pytest.raises(NotFound):
        outgoing.queue_post(key="x", account_id=999_999, text="Allo")
    accounts.disconnect(account_id=page.pk)
    with pytest.raises(Conflict):
        put(page)
    assert Account.objects.get(pk=page.pk).token == ""


def test_25_the_token_is_checked_and_the_end_of_the_version_is_warned(
    town: SmallTown, page: Account, networks: Networks, run_jobs: Jobs, settings: Settings
) -> None:
    networks.ticked = False
    check_accounts()
    run_jobs()
    page.refresh_from_db()
    assert page.alive and page.error_code == "200", "the token is not the page's"
    networks.ticked, networks.faults = True, ["version"]
    check_accounts()
    run_jobs()
    page.refresh_from_db()
    assert (page.error_code, page.served_version) == ("version", "v99.0")
    networks.dead = 463
    check_accounts()
    run_jobs()
    page.refresh_from_db()
    assert not page.alive and page.error_code == "190/463"
    assert end_of("v20.0") == end_of("v12.0") and end_of("v26.0") is None
    settings.PARVIS_GRAPH_VERSION = "v21.0"
    end = end_of("v21.0")
    assert end and warned_end("v21.0", end - timedelta(days=91)) is None
    settings.PARVIS_NOW = f"{end - timedelta(days=80)}T12:00:00-05:00"
    tell_graph_version()
    tell_graph_version()
    letters = Outgoing.objects.filter(key__startswith="graph-version-")
    assert sorted(letters.values_list("to", flat=True)) == sorted([town.administrator.email, town.key_maker.email])
