"""Importing facts from a file: the preview first, then all or nothing."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from parvis.apps.content.models import Fact
from parvis.apps.content.queries import answers
from parvis.apps.content.services.fact_import import FactFileError, as_csv, import_facts, plan_import
from parvis.apps.directory.models import Actor
from parvis.apps.places.models import Sector
from parvis.lib.errors import Conflict, NotAllowed
from tests.content.makers import make_fact
from tests.factories import SmallTown

HEAD = "key,type,label_fr,label_en,value_fr,value_en,source_title,owner,verified_on"


def csv(*lines: str) -> dict[str, Any]:
    return {"content": "\r\n".join(lines).encode(), "name": "faits.csv"}


def yaml(text: str) -> dict[str, Any]:
    return {"content": text.encode(), "name": "faits.yaml"}


def current(key: str) -> Fact:
    return Fact.objects.get(key=key, replaced_at=None)


def test_the_difference_shows_old_and_new_and_writes_nothing(town: SmallTown) -> None:
    make_fact("tarif", town.planning)
    planned = plan_import(**csv("key,value_fr,valid_to", 'tarif,"50,00",2027-12-31'))
    [change] = planned.changes
    changes = {difference.field: (difference.old, difference.new) for difference in change.differences}
    assert change.action == "changed"
    assert changes["value"] in (("42,50\u00a0$", "50\u00a0$"), ("$42.50", "$50"))
    assert changes["valid_to"] == ("", "2027-12-31")
    assert Fact.objects.count() == 1


def test_a_file_brought_twice_changes_once_and_keeps_the_history(town: SmallTown) -> None:
    make_fact("tarif", town.planning)
    file = csv("key,value_fr,verified_on", "tarif,50,2026-11-20")
    before = answers.edition()
    assert import_facts(**file, by=Actor.staff(town.manager)).counts == {"new": 0, "changed": 1, "same": 0}
    assert answers.edition() > before
    assert import_facts(**file, by=Actor.staff(town.manager)).counts == {"new": 0, "changed": 0, "same": 1}
    assert list(Fact.objects.order_by("pk").values_list("value", flat=True)) == [4250, 5000]
    assert current("tarif").label_fr == "Tarif tarif", "a column that is not in the file stays"


def test_a_new_value_is_not_verified_unless_the_file_says_so(town: SmallTown) -> None:
    make_fact("tarif", town.planning)
    import_facts(**csv("key,value_fr", "tarif,50"), by=Actor.system())
    assert current("tarif").verified_on is None
    import_facts(**csv("key,value_fr,verified_on,verified_by", "tarif,60,2026-11-20,Edith Blais"), by=Actor.system())
    assert (current("tarif").verified_on, current("tarif").verified_by) == (date(2026, 11, 20), "Edith Blais")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_what_spreadsheets_save_is_read(town: SmallTown, separator: str, encoding: str) -> None:
    cells = ["heures.guichet", "hours", "Heures d’été", "Summer", '"lundi\nmardi"', '"Monday\nTuesday"', "Résolution"]
    lines = [HEAD.replace(",", separator), separator.join([*cells, "batiment", "2026-11-20"])]
    import_facts(content="\r\n".join(lines).encode(encoding), name="f.csv", by=Actor.system())
    fact = current("heures.guichet")
    assert fact.value == {"fr": ["lundi", "mardi"], "en": ["Monday", "Tuesday"]}
    assert fact.label_fr == "Heures d’été"


def test_nothing_is_written_when_one_row_is_bad_and_each_mistake_has_its_line(town: SmallTown) -> None:
    make_fact("tarif", town.planning)
    with pytest.raises(FactFileError) as refused:
        import_facts(
            **csv(
                HEAD,
                "tarif,money,Tarif,Fee,50,,Règlement,batiment,",
                '"Grand Tarif",money,Tarif,Fee,50,,Règlement,batiment,',
                "a,money,Tarif,Fee,gratuit,,Règlement,batiment,",
                "b,money,Tarif,Fee,50,,Règlement,inconnu,hier",
                "c,money,Tarif,Fee,50",
                "tarif,money,Tarif,Fee,60,,Règlement,batiment,",
                "d,prix,,Fee,60,,Règlement,batiment,",
            ),
            by=Actor.system(),
        )
    lines = [int(found[1]) for problem in refused.value.problems if (found := re.match(r"\D*(\d+)", problem))]
    assert lines == sorted(lines) and set(lines) == {3, 4, 5, 6, 7, 8}
    assert Fact.objects.count() == 1 and current("tarif").value == 4250


@pytest.mark.parametrize("first", ["value_fr", "key,prix", "key,key", ""])
def test_columns_that_do_not_exist_or_are_missing_are_named(town: SmallTown, first: str) -> None:
    with pytest.raises(FactFileError):
        plan_import(**csv(first, "tarif,1"))


def test_a_file_of_the_town_s_folder_is_read_as_it_is(town: SmallTown) -> None:
    entry = """
- key: abri.superficie
  label: {fr: "Superficie", en: "Area"}
  type: area
  value: 38
  source: {title: "Règlement 483-U"}
  valid_from: 2026-01-01
  verified_on: 2026-02-01
  owner: batiment
"""
    import_facts(**yaml(entry), by=Actor.system())
    fact = current("abri.superficie")
    assert (fact.value, fact.valid_from, fact.verified_on) == (38, date(2026, 1, 1), date(2026, 2, 1))
    assert import_facts(**yaml(entry), by=Actor.system()).counts["same"] == 1


@pytest.mark.parametrize(
    "text",
    [
        "- key: a\n  key: b\n",
        "- key: a\n  prix: 3\n",
        "key: a\n",
        "- just words\n",
        "- key: [a\n",
        "- {key: a, label: Tarif}\n",
    ],
)
def test_a_yaml_file_that_is_no_list_of_facts_is_refused_with_its_line(town: SmallTown, text: str) -> None:
    with pytest.raises(FactFileError) as refused:
        plan_import(**yaml(text))
    assert any("1" in problem.split(":")[0] or "2" in problem.split(":")[0] for problem in refused.value.problems)


def test_every_sample_file_of_facts_may_be_brought(town: SmallTown) -> None:
    for path in sorted(Path("towns/carignan/facts").glob("*.yaml")):
        with pytest.raises(FactFileError) as refused:
            plan_import(content=path.read_bytes(), name=path.name)
        assert all("owner" in problem for problem in refused.value.problems), "only the departments are not these"


def test_facts_go_out_as_a_file_and_come_back_the_same(town: SmallTown) -> None:
    Sector.objects.create(slug="rive", kind="quartier", name_fr="La rive", name_en="The shore")
    make_fact("tarif", town.planning, valid_to=date(2027, 1, 1), unit="par an")
    make_fact("tarif", town.planning, area=Sector.objects.get(slug="rive"), value=100)
    make_fact("liste", town.works, kind="list", value={"fr": ["le verre", "le métal"], "en": ["glass"]}, example=True)
    make_fact("mots", town.works, kind="text", value={"fr": "=SOMME", "en": "-5"})
    make_fact("tel", town.works, kind="phone", value="+14506581066")
    make_fact("haut", town.works, kind="length", value=1.25)
    planned = plan_import(content=as_csv().encode(), name="f.csv")
    assert planned.counts == {"new": 0, "changed": 0, "same": 6}


def test_a_difference_that_is_no_longer_the_one_shown_is_not_written(town: SmallTown) -> None:
    fact = make_fact("tarif", town.planning)
    file = csv("key,value_fr", "tarif,50")
    mark = plan_import(**file).mark
    Fact.objects.filter(pk=fact.pk).update(value=100)
    with pytest.raises(Conflict):
        import_facts(**file, by=Actor.staff(town.editor), mark=mark)
    assert current("tarif").value == 100


def test_those_who_do_not_edit_facts_bring_none(town: SmallTown) -> None:
    make_fact("tarif", town.planning)
    with pytest.raises(NotAllowed):
        import_facts(**csv("key,value_fr", "tarif,50"), by=Actor.staff(town.agent))
    assert current("tarif").value == 4250


def test_the_difference_costs_the_same_at_1_and_50(town: SmallTown, django_assert_num_queries: Any) -> None:
    for count in (1, 50):
        for rank in range(count):
            make_fact(f"f{count}.{rank}", town.planning)
        rows = [f"f{count}.{rank},{rank}" for rank in range(count)]
        with django_assert_num_queries(3):
            assert len(plan_import(**csv("key,value_fr", *rows)).changes) == count


def test_a_key_mistyped_is_said_to_be_unknown_once(town: SmallTown) -> None:
    make_fact("tarif", town.planning)
    with pytest.raises(FactFileError) as refused:
        plan_import(**csv("key,value_fr", "tarfi,50"))
    assert len(refused.value.problems) == 1 and "tarfi" in refused.value.problems[0]
