"""What an agent publishes of a case: who may, what is refused, and photos whose rectangles are really burnt in."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pytest_django import Settings

from parvis.apps.cases.models import Case, Entry, PublicPhoto
from parvis.apps.cases.queries import public_cases as public
from parvis.apps.cases.queries.cases import journal
from parvis.apps.cases.services import journal as chains
from parvis.apps.cases.services.erasure import erase_words
from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.cases.services.publishing import hide_case, publish_photo, publish_words, withdraw_photo
from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.files.rules.decoder import masked
from parvis.apps.files.rules.masking import checked
from parvis.apps.files.services.attachments import keep_photo
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.factories import SmallTown, make_person, unique
from tests.heavy import amount

WHITE = (255, 255, 255)


@pytest.fixture(autouse=True)
def _public_subject(settings: Settings, town: SmallTown) -> None:
    settings.PARVIS_NOW = "2026-11-25T10:00:00-05:00"
    town.pothole.public = True
    town.pothole.save()


def picture(width: int = 400, height: int = 300, exif: bool = False) -> bytes:
    out = BytesIO()
    image = Image.new("RGB", (width, height), WHITE)
    more: dict[str, Any] = {}
    if exif:
        tags = Image.Exif()
        tags[0x010E] = "chez Jeanne"
        more["exif"] = tags
    image.save(out, "JPEG", quality=95, **more)
    return out.getvalue()


def kept() -> Attachment:
    return keep_photo(ContentFile(picture(exif=True), name="chez-jeanne.jpg"), by=Actor.citizen())


def request(town: SmallTown, **more: Any) -> Case:
    values = {"subject": town.pothole, "nature": "request", "channel": "web", "words": "Un trou", **more}
    new_case = NewCase(key=unique(), **{"address": town.address, **values})
    return open_case(new_case, by=Actor.citizen()).case


def shown(case: Case) -> list[Attachment]:
    found = public.public_cases().filter(pk=case.pk).first()
    return public.public_photos(found) if found else []


def opened(photo: Attachment, path: str = "") -> Image.Image:
    with storages["received"].open(path or photo.stored) as stream:
        return Image.open(BytesIO(stream.read())).convert("RGB")


def test_nothing_is_published_until_an_agent_does(town: SmallTown) -> None:
    case = request(town, photos=[kept()])
    assert shown(case) == []
    found = public.public_cases().get(pk=case.pk)
    assert public.public_words(found) == ""


def test_a_published_photo_is_another_picture_with_its_rectangles_burnt_in(town: SmallTown) -> None:
    photo = kept()
    case = request(town, photos=[photo])
    publish_photo(case_id=case.pk, photo=photo.key, rectangles=[[250, 250, 500, 500]], by=town.agent)
    [public_one] = shown(case)
    assert public_one.key != photo.key and public_one.stored != photo.stored
    assert "jeanne" not in public_one.name.lower()
    for path in public_one.paths:
        burnt = opened(public_one, path)
        middle = burnt.getpixel((burnt.width // 2, burnt.height // 2))
        assert isinstance(middle, tuple) and max(middle) < 60
        corner = burnt.getpixel((2, 2))
        assert isinstance(corner, tuple) and min(corner) > 240
        with storages["received"].open(path) as stream:
            assert b"Jeanne" not in stream.read()
    untouched = opened(photo).getpixel((200, 150))
    assert isinstance(untouched, tuple) and min(untouched) > 240


def test_publishing_again_replaces_and_withdrawing_erases(town: SmallTown, run_jobs: Any) -> None:
    photo = kept()
    case = request(town, photos=[photo])
    for width in (100, 200):
        publish_photo(case_id=case.pk, photo=photo.key, rectangles=[[0, 0, width, 100]], by=town.agent)
    assert len(shown(case)) == 1 and PublicPhoto.objects.count() == 2
    [last] = shown(case)
    withdraw_photo(case_id=case.pk, photo=photo.key, by=town.agent)
    withdraw_photo(case_id=case.pk, photo=photo.key, by=town.agent)
    run_jobs()
    assert shown(case) == [] and not storages["received"].exists(last.stored)
    assert storages["received"].exists(photo.stored)


def test_the_journal_says_who_published_what_and_holds(town: SmallTown) -> None:
    photo = kept()
    case = request(town, photos=[photo], person=make_person())
    publish_words(case_id=case.pk, words_fr="Un trou au milieu de la voie", by=town.agent)
    publish_words(case_id=case.pk, words_fr="Un trou au milieu de la voie", by=town.agent)
    publish_photo(case_id=case.pk, photo=photo.key, rectangles=[], by=town.technician)
    hide_case(case_id=case.pk, hidden=True, by=town.manager)
    hide_case(case_id=case.pk, hidden=True, by=town.manager)
    hide_case(case_id=case.pk, hidden=False, by=town.manager)
    kinds = (Entry.Kind.PUBLISHED, Entry.Kind.WITHHELD)
    entries = Entry.objects.filter(case=case, kind__in=kinds).order_by("seq")
    assert [(entry.kind, entry.data["what"], entry.actor) for entry in entries] == [
        ("published", "words", town.agent),
        ("published", "photo", town.technician),
        ("withheld", "case", town.manager),
        ("published", "case", town.manager),
    ]
    assert all(not wrong for _reference, wrong in chains.verify())
    case.refresh_from_db()
    assert not any(entry.kind in kinds for entry in journal(case, public=True))


@pytest.mark.parametrize(
    "words",
    ["Appelez le 450 555-0123", "jeanne@exemple.ca", "Chez Arsenault, au fond", "devant JEANNE", "450.555.0123"],
)
def test_words_that_name_or_reach_someone_are_refused(town: SmallTown, words: str) -> None:
    case = request(town, person=make_person("Jeanne Arsenault"))
    for field in ("words_fr", "landmark"):
        with pytest.raises(Invalid) as refused:
            given = {"words_fr": "", "landmark": "", field: words}
            publish_words(case_id=case.pk, by=town.agent, words_fr=given["words_fr"], landmark=given["landmark"])
        assert field in refused.value.fields


def test_english_alone_is_refused_and_english_is_optional(town: SmallTown) -> None:
    case = request(town)
    with pytest.raises(Invalid):
        publish_words(case_id=case.pk, words_fr="", words_en="A hole", by=town.agent)
    publish_words(case_id=case.pk, words_fr="Un trou", by=town.agent)
    assert public.public_words(public.public_cases().get(pk=case.pk)) == "Un trou"


def test_a_subject_that_is_not_public_and_a_photo_of_another_case_are_refused(town: SmallTown) -> None:
    private, case, photo = request(town, subject=town.streetlight), request(town), kept()
    other = request(town, photos=[photo])
    with pytest.raises(Conflict):
        publish_words(case_id=private.pk, words_fr="Noir", by=town.agent)
    with pytest.raises(NotFound):
        publish_photo(case_id=case.pk, photo=photo.key, rectangles=[], by=town.agent)
    assert shown(other) == []


def test_who_may_publish(town: SmallTown) -> None:
    case = request(town)
    may = {"agent": True, "technician": True, "manager": True, "planner": False, "editor": False}
    may |= {"privacy_officer": False, "citizen": False}
    for name, allowed in may.items():
        user = getattr(town, name)
        if allowed:
            publish_words(case_id=case.pk, words_fr=name, by=user)
            continue
        with pytest.raises(NotAllowed):
            publish_words(case_id=case.pk, words_fr=name, by=user)


def test_erasing_by_law_erases_what_was_published_too(town: SmallTown, run_jobs: Any) -> None:
    photo = kept()
    case = request(town, photos=[photo])
    publish_words(case_id=case.pk, words_fr="Un trou", landmark="Parc", by=town.agent)
    publish_photo(case_id=case.pk, photo=photo.key, rectangles=[], by=town.agent)
    [copy] = shown(case)
    erase_words(case_id=case.pk, seq=1, ground="Loi", by=town.privacy_officer)
    run_jobs()
    found = public.public_cases().get(pk=case.pk)
    assert shown(case) == [] and public.public_words(found) == ""
    assert not storages["received"].exists(copy.stored)


SIDE = st.integers(-200, 1200)


@pytest.mark.soak("properties", sampled=True)
@settings(max_examples=amount(400, sample=15), deadline=None)
@given(st.integers(20, 300), st.integers(20, 300), st.lists(st.tuples(SIDE, SIDE, SIDE, SIDE), max_size=4))
def test_every_pixel_under_a_rectangle_is_dark(width: int, height: int, typed: list[tuple[int, ...]]) -> None:
    rectangles = checked(typed)
    image = Image.open(BytesIO(masked(picture(width, height), rectangles).jpeg)).convert("L")
    for x, y, w, h in rectangles:
        left, top = x * width // 1000, y * height // 1000
        right, bottom = -(-(x + w) * width // 1000), -(-(y + h) * height // 1000)
        box = image.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
        assert max(box.tobytes()) < 128
    if not rectangles:
        assert min(image.tobytes()) > 240


@pytest.mark.parametrize("wrong", [[[1, 2, 3]], [["a", 0, 1, 1]], [[0, 0, 1, 1]] * 41])
def test_rectangles_that_are_none_are_refused(town: SmallTown, wrong: Any) -> None:
    photo = kept()
    case = request(town, photos=[photo])
    with pytest.raises(Invalid):
        publish_photo(case_id=case.pk, photo=photo.key, rectangles=wrong, by=town.agent)
    assert shown(case) == []
