"""A contact on the call screen, from begin to end."""

import html
import json

import pytest
from django.test import Client

from parvis.apps.content.models import Danger
from parvis.apps.content.services.content import bump_edition
from parvis.apps.directory.models import Presence, User
from parvis.apps.intake.models import Contact
from parvis.apps.matching.queries import suggestions
from parvis.apps.matching.queries.suggesting import forget
from parvis.lib import quebec
from parvis.operations.town.load import load
from tests.blanks import compact
from tests.counting import statements
from tests.desk.call.made import answered_town, begun, contact_at, entered, save
from tests.factories import SmallTown
from tests.polling import polled
from tests.town.conftest import VILLAGE


def test_one_press_begins_one_call(town: SmallTown) -> None:
    client = entered(town.agent)
    first = client.post("/desk/contacts/", {"key": "the-same-press"})
    again = client.post("/desk/contacts/", {"key": "the-same-press"})
    assert first["Location"] == again["Location"]
    contact = Contact.objects.get()
    assert (contact.channel, contact.state, contact.agent) == ("phone", "progress", town.agent)
    assert Presence.objects.get(user=town.agent).status == Presence.Status.BUSY


def test_the_key_of_one_agent_never_opens_the_contact_of_another(town: SmallTown) -> None:
    first = entered(town.agent).post("/desk/contacts/", {"key": "k"})
    second = entered(town.agent_and_technician).post("/desk/contacts/", {"key": "k"})
    assert first["Location"] != second["Location"]


def test_a_colleagues_contact_cannot_be_seen_nor_touched(town: SmallTown) -> None:
    url = begun(entered(town.agent))
    other = entered(town.agent_and_technician)
    for path in (url, f"{url}suggest?q=cabanon", f"{url}pane/case"):
        assert other.get(path).status_code == 404, path
    assert save(other, url, 5, text="volé").status_code == 404
    for path in ("hold/", "finish/", "answered/", "person/", "describe/"):
        assert other.post(f"{url}{path}").status_code == 404, path
    contact = contact_at(url)
    assert (contact.state, contact.draft) == ("progress", {})


def test_only_agents_answer(town: SmallTown) -> None:
    for user in (town.technician, town.editor, town.manager, town.privacy_officer):
        client = entered(user)
        assert client.get("/desk/").status_code == 403, user
        assert client.post("/desk/contacts/").status_code == 403, user
    assert entered(town.citizen).get("/desk/").status_code == 403
    assert not Contact.objects.exists()


def test_what_is_typed_is_kept_and_an_older_save_never_wins(town: SmallTown) -> None:
    client = entered(town.agent)
    url = begun(client)
    response = save(client, url, 7, text="shed 10x12")
    assert response.status_code == 200 and response.json()["seq"] == 7
    assert save(client, url, 6, text="she").status_code == 200
    assert contact_at(url).draft == {"text": "shed 10x12"}
    assert "shed 10x12</textarea>" in client.get(url).content.decode()


def test_a_draft_that_is_none_is_refused(town: SmallTown) -> None:
    client = entered(town.agent)
    url = begun(client)
    for seq, draft in (("x", "{}"), ("1", "[1]"), ("1", "{"), ("0", "{}")):
        assert client.post(f"{url}draft", {"seq": seq, "draft": draft}).status_code == 400
    assert client.post(f"{url}draft", {"seq": 1, "draft": json.dumps({"text": "a" * 70_000})}).status_code == 422


def test_a_draft_that_arrives_after_its_matter_was_settled_is_left_aside(town: SmallTown) -> None:
    client = entered(town.agent)
    url = begun(client)
    form = {"unanswered-key": f"{contact_at(url).key}.1", "unanswered-text": "La statue?", "more": "1"}
    assert client.post(f"{url}unanswered/", form).status_code == 302
    save(client, url, 99, text="La statue?", matter=0)
    assert "La statue?</textarea>" not in client.get(url).content.decode()


def test_several_contacts_are_open_at_once_and_each_keeps_its_words(town: SmallTown) -> None:
    client = entered(town.agent)
    call, visit = begun(client), begun(client, "counter")
    save(client, call, 1, text="le premier")
    save(client, visit, 1, text="la seconde")
    page = client.get(call).content.decode()
    assert "le premier</textarea>" in page and "Alt+1" in page and "Alt+2" in page
    client.post(f"{call}hold/")
    assert contact_at(call).state == "hold"
    assert "la seconde</textarea>" in client.get(visit).content.decode()
    client.post(f"{call}hold/")
    assert contact_at(call).state == "progress"
    assert contact_at(call).draft == {"text": "le premier"}


def test_suggestions_cost_the_same_however_many_are_found(town: SmallTown) -> None:
    answered_town(town)
    client = entered(town.agent)
    url = begun(client)
    counts = []
    for words in ("cabanon", "construire un cabanon dans ma cour, un nid de poule, un lampadaire"):
        client.get(f"{url}suggest", {"q": words})
        with statements() as queries:
            result = client.get(f"{url}suggest", {"q": words, "have": "cabanon:fr:resident:"}).json()
        counts.append(len(queries))
        assert result["slug"] == town.shed.slug
        assert result["read"] is None
    assert counts[0] == counts[1] <= 5


def test_the_best_answer_is_read_as_one_types_unless_the_agent_chose_another(town: SmallTown) -> None:
    answered_town(town)
    client = entered(town.agent)
    url = begun(client)
    best = client.get(f"{url}suggest", {"q": "cabanon dans la rue"}).json()
    assert best["slug"] == town.shed.slug and "Il faut un permis." in best["read"]
    other = {"q": "cabanon dans la rue", "subject": town.pothole.slug, "picked": "1"}
    chosen = client.get(f"{url}suggest", other).json()
    assert chosen["slug"] == town.pothole.slug


def test_nothing_is_read_aloud_that_is_not_sure_or_not_ours(db: None) -> None:
    load(VILLAGE, demo=True)
    forget()
    client = entered(User.objects.get(username="omar.diallo"))
    url = begun(client)
    away = client.get(f"{url}suggest", {"q": "renouveler mon permis de conduire"}).json()
    assert away["slug"] == "" and "Pas à la Ville" in away["read"] and 'class="say"' in away["read"]
    english = client.get(f"{url}suggest", {"q": "renouveler mon permis de conduire", "lang": "en"}).json()["read"]
    assert 'lang="en-CA"' in english and "licence" in english
    lost = client.get(f"{url}suggest", {"q": "quand le maire a parlé de ça"}).json()
    assert 'data-slug="' in lost["found"], "they stay in reach"
    assert lost["slug"] == "" and "Aucune réponse n’est assez sûre pour être lue." in lost["read"]


def test_a_word_taken_out_is_not_searched(town: SmallTown) -> None:
    answered_town(town)
    client = entered(town.agent)
    url = begun(client)
    result = client.get(f"{url}suggest", {"q": "nid de poule cabanon", "drop": "cabanon"}).json()
    assert result["slug"] == town.pothole.slug


def test_the_words_and_the_ways_of_asking_that_carried_an_answer_are_told(db: None) -> None:
    load(VILLAGE, demo=True)
    forget()
    client = entered(User.objects.get(username="omar.diallo"))
    result = client.get(f"{begun(client)}suggest", {"q": "shed 8x10 jumelé permis"}).json()["found"]
    why = quebec.plain(html.unescape(compact(result).partition("Pourquoi cette réponse")[2]))
    assert "Mots : " in why and "<b>shed</b>" in why and "<b>permis</b>" in why
    assert "D’autres ont demandé la même chose ainsi :" in why and why.count("<li>") >= 2


def test_danger_is_said_before_anything_else(town: SmallTown) -> None:
    Danger.objects.create(words_fr=["odeur de gaz"], say_fr="Sortez tout de suite.", say_en="Get out now.", phone="911")
    bump_edition()
    client = entered(town.agent)
    url = begun(client)
    danger = client.get(f"{url}suggest", {"q": "il y a une odeur de gaz"}).json()["danger"]
    assert "911" in danger and "Sortez tout de suite." in danger
    assert "APPELLE" not in danger
    assert client.get(f"{url}suggest", {"q": "bonjour"}).json()["danger"] == ""


def test_for_gas_the_agent_says_to_go_out_then_gives_911_and_the_gas_company(town: SmallTown) -> None:
    Danger.objects.create(words_fr=["odeur de gaz"], say_fr="Je reste avec vous.", say_en="I stay.", phone="911")
    bump_edition()
    client = entered(town.agent)
    for words in ("il y a une odeur de gaz", "ça sent le gaz dans la cave", "ils ont percé la conduite de gaz"):
        danger = client.get(f"{begun(client)}suggest", {"q": words}).json()["danger"]
        assert "Sortez tout de suite" in danger and "Je reste avec vous." not in danger, words
        assert danger.index("911") < danger.index("1 800 361-8003") and "APPELLE" not in danger, words


def test_words_of_distress_show_where_help_is_beside_911(town: SmallTown) -> None:
    Danger.objects.create(words_fr=["je veux mourir"], say_fr="Je reste avec vous.", say_en="I stay.", phone="911")
    bump_edition()
    client = entered(town.agent)
    danger = client.get(f"{begun(client)}suggest", {"q": "je n'en peux plus, je veux mourir"}).json()["danger"]
    assert danger.index("911") < danger.index("1 866 APPELLE")
    for path in ("/", "/demande/"):
        page = Client().get(path, {"q": "je veux mourir"}).content.decode()
        assert 'href="tel:+18662773553"' in page and 'href="tel:911"' in page, path


def test_under_words_of_distress_no_doubtful_answer_is_put_forward(
    town: SmallTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    Danger.objects.create(words_fr=["odeur de gaz"], say_fr="Je reste avec vous.", say_en="I stay.", phone="911")
    bump_edition()
    client, words = entered(town.agent), {"q": "je veux en finir, mon lampadaire est éteint"}
    monkeypatch.setattr(suggestions, "TELLABLE", 1.01)
    result = client.get(f"{begun(client)}suggest", words).json()
    assert "1 866 APPELLE" in result["danger"], "the town lists none of these words"
    assert result["slug"] == "" and 'data-slug="' in result["found"], "what was found can still be chosen"
    assert "Restez avec la personne." in result["read"]
    monkeypatch.setattr(suggestions, "TELLABLE", 0.0)
    assert client.get(f"{begun(client)}suggest", words).json()["slug"] == "", "however sure it is"


def test_under_a_danger_the_agent_reads_its_script_and_opens_what_else_was_found(town: SmallTown) -> None:
    Danger.objects.create(words_fr=["odeur de gaz"], say_fr="Sortez tout de suite.", say_en="Get out.", phone="911")
    bump_edition()
    client = entered(town.agent)
    result = client.get(f"{begun(client)}suggest", {"q": "il y a un lampadaire éteint et une odeur de gaz"}).json()
    assert "Sortez tout de suite." in result["danger"] and result["slug"] == ""
    folded = result["found"]
    assert folded.index("<details") < folded.index('data-slug="')
    chosen = {"q": "lampadaire éteint et odeur de gaz", "subject": "lampadaire", "picked": "1"}
    assert client.get(f"{begun(client)}suggest", chosen).json()["slug"] == "lampadaire"


def test_the_screen_is_told_only_when_something_changed(town: SmallTown) -> None:
    client = entered(town.agent)
    poll_url = polled(client.get("/desk/").content.decode(), "figures")
    assert client.get(poll_url).status_code == 204
    bump_edition()
    news = client.get(poll_url)
    assert news.headers["HX-Trigger"] == "edition"
    assert client.get(polled(news.content.decode(), "figures")).status_code == 204


def test_the_ground_for_english_is_kept(town: SmallTown) -> None:
    client = entered(town.agent)
    url = begun(client)
    assert 'name="english_ground"' in client.get(f"{url}?lang=en").content.decode()
    client.post(f"{url}describe/", {"language": "en", "english_ground": "newcomer"})
    contact = contact_at(url)
    assert (contact.language, contact.english_ground) == ("en", "newcomer")
    client.post(f"{url}describe/", {"english_ground": "because"})
    assert contact_at(url).english_ground == "newcomer"
