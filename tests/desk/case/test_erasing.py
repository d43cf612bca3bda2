"""Erasure from the page of a case, by the privacy officer alone, with a ground and a confirmation."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from parvis.apps.cases.models import Case
from parvis.apps.directory.models import Actor
from parvis.apps.files.models import Attachment
from parvis.apps.files.services.attachments import keep_photo
from tests.desk.case.made import entered, make, opened, page, text
from tests.factories import SmallTown


@pytest.fixture
def photo(db: None) -> Attachment:
    out = BytesIO()
    Image.new("RGB", (900, 600)).save(out, "JPEG")
    return keep_photo(SimpleUploadedFile("voisin.jpg", out.getvalue()), by=Actor.citizen())


@pytest.fixture
def case(town: SmallTown, photo: Attachment) -> Case:
    return opened(town, words="Mon voisin Zacharie.", photos=[photo])


def test_the_page_shows_the_reduced_photo_then_says_that_it_was_erased(
    town: SmallTown, case: Case, photo: Attachment
) -> None:
    client = entered(town.privacy_officer)
    shown = page(client.get(f"/desk/cases/{case.reference}/"))
    assert f'src="/desk/files/{photo.key}?small"' in shown and 'width="480" height="320"' in shown
    small = client.get(f"/desk/files/{photo.key}?small")
    with Image.open(BytesIO(b"".join(small.streaming_content))) as picture:  # type: ignore[attr-defined]
        assert picture.size == (480, 320)
    answer = make(client, case, "erase", entry="1", words="Demande 2026-12", sure="on")
    assert answer.status_code == 302
    after = text(client.get(f"/desk/cases/{case.reference}/"))
    assert "Zacharie" not in after and "Demande 2026-12" in after
    assert "Cette photo a été effacée, en vertu de la loi." in after
    assert client.get(f"/desk/files/{photo.key}").status_code == 404


def test_without_being_sure_nothing_is_erased_and_the_ground_is_kept(town: SmallTown, case: Case) -> None:
    answer = make(entered(town.privacy_officer), case, "erase", entry="1", words="Demande 2026-12")
    assert answer.status_code == 422
    assert "Demande 2026-12" in page(answer) and 'href="#erase-sure"' in page(answer)
    case.refresh_from_db()
    assert case.words


def test_sent_twice_it_is_erased_once(town: SmallTown, case: Case) -> None:
    client, sent = entered(town.privacy_officer), {"expect": 1, "entry": "1", "words": "Demande", "sure": "on"}
    for _ in range(2):
        assert client.post(f"/desk/cases/{case.reference}/erase/", sent).status_code == 302
    case.refresh_from_db()
    assert case.seq == 2


def test_nobody_else_is_offered_it(town: SmallTown, case: Case) -> None:
    for someone in (town.agent, town.manager, town.technician):
        client = entered(someone)
        assert 'data-panel="erase"' not in page(client.get(f"/desk/cases/{case.reference}/"))
        assert make(client, case, "erase", entry="1", words="x", sure="on").status_code in (403, 404)
