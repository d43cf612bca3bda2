"""The search screen: the URL holds the search, views are saved and shared, bulk actions apply to a selection."""

import html
import re
from datetime import timedelta

import pytest

from parvis.apps.cases.models import Batch, Case, Entry, SavedView
from parvis.apps.cases.queries.lists.views import views_of
from parvis.apps.workspace.models import Mention
from parvis.apps.workspace.queries import follow_ups_of
from parvis.apps.workspace.services import workspace
from parvis.lib.clock import today
from tests.desk.case.made import entered, make, opened, page, text
from tests.factories import SmallTown, make_person, unique

pytestmark = pytest.mark.django_db


def test_it_says_why_and_how_it_read_the_words(town: SmallTown) -> None:
    case = opened(town, words="Le lampadaire clignote depuis lundi.", person=make_person("Lucie Tremblay"))
    content = text(entered(town.technician).get("/desk/search/", {"q": "clingote tremblay"}))
    assert case.reference in content and "lu « clignote »" in content and "Lucie Tremblay" in content
    assert "<mark>clignote</mark>" in page(entered(town.technician).get("/desk/search/", {"q": "clignote"}))


def test_an_unknown_street_or_a_forged_filter_is_said_and_keeps_what_was_typed(town: SmallTown) -> None:
    answer = entered(town.technician).get("/desk/search/", {"q": "il fait", "street": "rue Nulle", "state": "zz"})
    assert answer.status_code == 422
    assert "rue Nulle" in page(answer) and "Cette voie n’est pas connue ici" in text(answer)


def test_a_day_out_of_reach_is_said_and_a_view_that_holds_one_breaks_nothing(town: SmallTown) -> None:
    client = entered(town.technician)
    answer = client.get("/desk/search/", {"q": "il fait", "until": "9999-12-31"})
    assert answer.status_code == 422 and "Choisissez un jour entre 1900 et 2199" in text(answer)
    criteria = {"department": "voirie", "state": "open", "until": "9999-12-31"}
    SavedView.objects.create(
        key=unique(), name="Toujours", owner=town.manager, department=town.works, criteria=criteria
    )
    assert "Toujours" in text(client.get("/desk/views/line"))


def test_the_filters_are_fetched_when_opened_and_hold_until_then(town: SmallTown) -> None:
    client = entered(town.technician)
    shut = page(client.get("/desk/search/?q=noir&state=open&department=voirie"))
    assert '<input type="hidden" name="state" value="open">' in shut, "another search keeps the filters"
    assert "<select" not in shut.split("<main")[1]
    url = re.search(r'hx-get="([^"]+filters=open)"', shut)
    assert url
    opened_form = page(client.get(html.unescape(url[1])))
    assert '<option value="open" selected>' in opened_form and '<option value="voirie" selected>' in opened_form


def test_nothing_found_leads_wider(town: SmallTown) -> None:
    case = opened(town, words="grenouille verte")
    client = entered(town.technician)
    assert case.reference in text(client.get("/desk/search/", {"q": "grenouille verte sapinière"}))
    filtered = client.get("/desk/search/", {"q": "grenouille", "state": "closed"})
    assert "Chercher plus large" in text(filtered)


def test_instant_links_are_few_and_within_ones_rights(town: SmallTown) -> None:
    case = opened(town, words="grenouille verte")
    assert case.reference in text(entered(town.technician).get("/desk/search/instant", {"q": "grenou"}))
    assert case.reference not in text(entered(town.planner).get("/desk/search/instant", {"q": "grenou"}))
    assert text(entered(town.technician).get("/desk/search/instant", {"q": "g"})).strip() == ""


def test_a_view_is_kept_shared_changed_removed_and_put_back(town: SmallTown) -> None:
    mine, colleague, elsewhere = entered(town.technician), entered(town.manager), entered(town.planner)
    values = {"key": unique(), "name": "Éteints", "share": "voirie", "q": "lampadaire", "state": "open"}
    mine.post("/desk/views/new/", values)
    answer = mine.post("/desk/views/new/", values)  # sent twice
    assert answer.headers["Location"] == "/desk/search/?q=lampadaire&state=open"
    view = SavedView.objects.get()
    assert "Éteints" in text(colleague.get("/desk/views/line"))
    assert "Éteints" not in text(elsewhere.get("/desk/views/line"))
    assert elsewhere.get(f"/desk/views/{view.pk}/").status_code == 404
    assert elsewhere.post(f"/desk/views/{view.pk}/remove/").status_code == 404
    assert mine.post(f"/desk/views/{view.pk}/change/", {"key": "x", "name": "  "}).status_code == 422
    mine.post(f"/desk/views/{view.pk}/change/", {"key": "x", "name": "Pannes", "share": "voirie"})
    assert "Pannes" in text(colleague.get("/desk/views/"))
    mine.post(f"/desk/views/{view.pk}/remove/")
    assert "Pannes" not in text(colleague.get("/desk/views/"))
    mine.post(f"/desk/views/{view.pk}/back/")
    assert "Pannes" in text(colleague.get("/desk/views/"))


def test_a_view_of_a_department_closed_since_stays_shared_under_another_name(town: SmallTown) -> None:
    view = SavedView.objects.create(
        key=unique(), name="Pannes", owner=town.technician, department=town.works, criteria={"q": "lampadaire"}
    )
    town.works.active = False
    town.works.save()
    client = entered(town.technician)
    assert 'value="voirie" selected' in page(client.get("/desk/views/"))
    client.post(f"/desk/views/{view.pk}/change/", {"key": view.key, "name": "Éteints", "share": "voirie"})
    view.refresh_from_db()
    assert (view.name, view.department) == ("Éteints", town.works)


def test_ones_own_views_all_stand_before_those_of_others(town: SmallTown) -> None:
    for at in range(80):
        SavedView.objects.create(key=unique(), name=f"A{at:02}", owner=town.manager, department=town.works)
    mine = [SavedView.objects.create(key=unique(), name=f"B{at:02}", owner=town.technician) for at in range(50)]
    seen = views_of(town.technician)
    assert seen[:50] == mine and seen[50].name == "A00"


def test_a_view_is_not_shared_with_a_department_that_one_does_not_read(town: SmallTown) -> None:
    values = {"key": unique(), "name": "Éteints", "share": "batiment", "q": "lampadaire"}
    assert entered(town.technician).post("/desk/views/new/", values).status_code == 422
    assert not SavedView.objects.exists()


def test_a_count_is_shown_only_when_it_is_cheap(town: SmallTown) -> None:
    opened(town)
    client = entered(town.technician)
    for name, more in (("Voirie", {"department": "voirie", "state": "open"}), ("Mots", {"q": "lampadaire"})):
        SavedView.objects.create(key=unique(), name=name, owner=town.technician, criteria=more)
    line = page(client.get("/desk/views/line"))
    assert "<b>1</b> Voirie" in line and "</svg>Mots" in line


def test_a_selection_is_previewed_done_once_and_undone(town: SmallTown) -> None:
    client = entered(town.technician)
    result, other = opened(town), opened(town)
    chosen = {"case": [f"{case.pk}:{case.seq}" for case in (result, other)], "back": "/desk/search/?q=lampadaire"}
    assert "Avec les 2 requêtes cochées" in text(client.post("/desk/bulk/", chosen))
    values = {**chosen, "key": unique(), "move": "assign", "to": town.technician.pk}
    assert client.post("/desk/bulk/preview/", {**values, "to": ""}).status_code == 422
    assert "2 requêtes changeraient" in text(client.post("/desk/bulk/preview/", values))
    assert not Batch.objects.exists()
    client.post("/desk/bulk/do/", values)
    answer = client.post("/desk/bulk/do/", values)  # sent twice
    assert Case.objects.filter(owner=town.technician).count() == 2
    assert "2 requêtes" in text(client.get(answer.headers["Location"]))
    batch = Batch.objects.get()
    assert entered(town.manager).get(f"/desk/bulk/{batch.pk}/").status_code == 404
    undone = page(client.get(answer.headers["Location"])).split('method="post" action="')[1].split('"')[0]
    assert undone.startswith(f"/desk/bulk/{batch.pk}/undo/")
    undone_page = page(client.get(client.post(undone).headers["Location"]))
    assert not Case.objects.filter(owner=town.technician).exists()
    assert 'href="/desk/search/?q=lampadaire"' in undone_page, "the way back to the list stays"


def test_the_undo_of_a_selection_says_what_someone_went_on_with_meanwhile(town: SmallTown) -> None:
    client = entered(town.technician)
    result, other = opened(town), opened(town)
    chosen = {"case": [f"{case.pk}:{case.seq}" for case in (result, other)], "move": "note", "words": "Vu."}
    done = client.post("/desk/bulk/do/", {**chosen, "key": unique()})
    make(entered(town.manager), result, "note", words="Vu aussi.")
    client.post(f"/desk/bulk/{Batch.objects.get().pk}/undo/")
    content = text(client.get(done.headers["Location"]))
    assert "C’est annulé, sauf pour 1 requête" in content and "Quelqu’un y a travaillé depuis" in content
    client.cookies["lang"] = "en"
    content = text(client.get(done.headers["Location"]))
    assert "Undone, but for 1 request" in content and "m.." not in content


def test_a_selection_with_an_english_reader_closes_in_both_languages(town: SmallTown) -> None:
    client = entered(town.technician)
    case = opened(town, person=make_person(email="en@exemple.ca"), language="en", english_ground="eligible")
    chosen = {"case": [f"{case.pk}:{case.seq}"], "back": "/desk/search/"}
    form = page(client.post("/desk/bulk/", chosen))
    assert 'name="other"' in form and 'value="merged"' not in form
    values = {**chosen, "key": unique(), "move": "close", "reason": "answered", "words": "C’est réparé."}
    refused = client.post("/desk/bulk/preview/", values)
    assert refused.status_code == 422 and "Écrivez-le aussi en anglais." in text(refused)
    preview = client.post("/desk/bulk/preview/", {**values, "other": "It is mended."})
    assert "1 requête changerait" in text(preview) and page(preview).count("It is mended.") == 2
    client.post("/desk/bulk/do/", {**values, "other": "It is mended."})
    assert Entry.objects.get(case=case, kind=Entry.Kind.CLOSED).body == "It is mended."


def test_a_note_on_a_selection_calls_colleagues_until_it_is_undone(town: SmallTown) -> None:
    client = entered(town.technician)
    case = opened(town)
    values = {"case": [f"{case.pk}:{case.seq}"], "key": unique(), "move": "note"}
    client.post("/desk/bulk/do/", {**values, "words": f"@{town.manager.username} à voir"})
    waits = Mention.objects.filter(user=town.manager, read_at=None)
    assert waits.count() == 1
    client.post(f"/desk/bulk/{Batch.objects.get().pk}/undo/")
    assert not waits.exists()


def test_a_selection_never_leads_to_another_site(town: SmallTown) -> None:
    answer = entered(town.technician).post("/desk/bulk/", {"back": "https://ailleurs.exemple/"})
    assert answer.headers["Location"] == "/desk/search/"


def test_a_selection_comes_back_later_before_ones_own_eyes_until_it_is_undone(town: SmallTown) -> None:
    client, day, sooner = entered(town.technician), today() + timedelta(days=9), today() + timedelta(days=2)
    result, other, third = opened(town), opened(town), opened(town)
    workspace.follow_up(case=result, on=sooner, words="Rappeler la dame", by=town.technician)
    chosen = {"case": [f"{case.pk}:{case.seq}" for case in (result, other, third)], "back": "/desk/search/"}
    values = {**chosen, "key": unique(), "move": "later", "on": day.isoformat(), "words": "Après le dégel"}
    assert client.post("/desk/bulk/preview/", {**values, "on": ""}).status_code == 422
    assert client.post("/desk/bulk/preview/", {**values, "words": "x" * 301}).status_code == 422
    none = text(client.post("/desk/bulk/preview/", {**values, "on": today().isoformat()}))
    assert "Aucune requête ne changerait. 3 ne le peuvent pas" in none
    assert "3 requêtes changeraient" in text(client.post("/desk/bulk/preview/", values))
    assert [(row.case, row.on) for row in follow_ups_of(town.technician)] == [(result, sooner)]
    client.post("/desk/bulk/do/", values)
    client.post("/desk/bulk/do/", values)  # sent twice
    assert {(row.case, row.on, row.words) for row in follow_ups_of(town.technician)} == {
        (case, day, "Après le dégel") for case in (result, other, third)
    }
    assert not follow_ups_of(town.manager)
    assert [case.seq for case in Case.objects.order_by("pk")] == [result.seq, other.seq, third.seq]
    workspace.follow_up(case=third, on=sooner, words="", by=town.technician)  # changed since
    client.post(f"/desk/bulk/{Batch.objects.get().pk}/undo/")
    kept = {(row.case, row.on, row.words) for row in follow_ups_of(town.technician)}
    assert kept == {(result, sooner, "Rappeler la dame"), (third, sooner, "")}
    assert "Son jour a été changé depuis" in text(client.get(f"/desk/bulk/{Batch.objects.get().pk}/"))


def test_undoing_a_day_leaves_the_notes_that_call_someone(town: SmallTown) -> None:
    case = opened(town)
    case = workspace.note(case_id=case.pk, words=f"@{town.manager.username} à voir", by=town.technician)
    client, on = entered(town.technician), (today() + timedelta(days=3)).isoformat()
    client.post("/desk/bulk/do/", {"case": f"{case.pk}:{case.seq}", "key": unique(), "move": "later", "on": on})
    client.post(f"/desk/bulk/{Batch.objects.get().pk}/undo/")
    assert Mention.objects.filter(user=town.manager, read_at=None).exists()
