"""What a hostile, broken or huge message may do: nothing. The numbers are those of the points of the e-mail channel."""

import base64
import binascii
import html
import random
import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse

from parvis.apps.intake.models import Contact
from parvis.apps.intake.services.mail.received import take_in_mail
from parvis.apps.intake.services.mail.understanding import understand_mail
from parvis.apps.mail.models import Incoming, Outgoing
from parvis.apps.mail.rules.page import page
from parvis.apps.mail.rules.parsing import Message, parse
from parvis.apps.mail.services import incoming as incoming_services
from parvis.apps.mail.services.incoming import count_attempt, store_message, store_oversize, take_again
from parvis.apps.mail.tasks import message as letter_of
from parvis.lib.errors import Invalid
from parvis.lib.time_limit import time_limit
from tests.desk.call.made import entered
from tests.factories import SmallTown, unique
from tests.files.test_many_photos import heic
from tests.files.test_photos import photo
from tests.intake.test_received_mail import ANNE, later, raw, received, town_email

TRACKER = "traceur.exemple"
HEAD = f"From: Anne <{ANNE}>\r\nTo: info@anse.exemple.ca\r\nSubject: Neige\r\n"


def written(source: str, pictures: dict[str, bytes] | None = None, words: str = "Bonjour") -> EmailMessage:
    """A message with HTML, and pictures that it shows."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Anne Roy <{ANNE}>", "info@anse.exemple.ca", "Infolettre"
    message["Message-ID"] = f"<{unique()}@x.ca>"
    message.set_content(words)
    message.add_alternative(source, subtype="html")
    part: Any = message.get_payload(1)
    for cid, content in (pictures or {}).items():
        part.add_related(content, maintype="image", subtype="png", cid=f"<{cid}>", filename=f"{cid}.png")
    return message


def contact_of(message: EmailMessage) -> Contact:
    return Contact.objects.get(mails__incoming=received(message.as_bytes()))


@pytest.fixture
def desk(town: SmallTown) -> Client:
    return entered(town.agent)


# --- 8. As it was written -------------------------------------------------------------------------------------------

HOSTILE = f"""
<html><head><title>x</title><base href="https://{TRACKER}/"><link rel="stylesheet" href="https://{TRACKER}/a.css">
<meta http-equiv="refresh" content="0;url=https://{TRACKER}/m"><style>@import "https://{TRACKER}/b.css";
body{{background:url(https://{TRACKER}/c.png)}}</style><script src="https://{TRACKER}/d.js"></script></head>
<body background="https://{TRACKER}/e.png" onload="fetch('https://{TRACKER}/f')">
<p style="color:red;background:url('https://{TRACKER}/g.png')">Rouge</p>
<div style="background-image:image-set('https://{TRACKER}/h.png' 1x);position:fixed;content:url(//{TRACKER}/i)">x</div>
<img src="https://{TRACKER}/j.gif" width="1" height="1"><img src="//{TRACKER}/k.gif">
<img srcset="https://{TRACKER}/l.png 2x" src="HTTPS://{TRACKER}/m.gif"><img src="data:image/svg+xml,<svg/>">
<picture><source srcset="https://{TRACKER}/n.webp"></picture><video poster="https://{TRACKER}/o.png"></video>
<svg><image href="https://{TRACKER}/p.png"/></svg><iframe src="https://{TRACKER}/q"></iframe>
<object data="https://{TRACKER}/r"></object><embed src="https://{TRACKER}/s"><audio src="https://{TRACKER}/t"></audio>
<table background="https://{TRACKER}/u.png"><tr><td background="https://{TRACKER}/v.png">Case</td></tr></table>
<form action="https://{TRACKER}/w"><input type="image" src="https://{TRACKER}/x.png"><button>Envoyer</button></form>
<a href="javascript:alert(1)" ping="https://{TRACKER}/y">piège</a> <a href="https://{TRACKER}/z">mabanque.ca</a>
</body></html>
"""
LOADS = re.compile(rf'(?:src|srcset|poster|background|data|action|ping|content)\s*=\s*["\'][^"\']*{TRACKER}', re.I)


def test_8_a_tracking_address_is_nowhere_loaded_on_any_screen(desk: Client) -> None:
    contact = contact_of(written(HOSTILE))
    frame = reverse("desk:message_as_written", args=[contact.pk])
    pages = [f"/desk/inbox/{contact.pk}/", frame, "/desk/inbox/", "/desk/inbox/?view=mine", "/desk/inbox/quarantine/"]
    for address in (*pages, "/desk/waiting/"):
        text = html.unescape(desk.get(address).text)
        assert not LOADS.search(text), address
        assert not re.search(rf"(?:url|image-set|@import)[^;]*{TRACKER}", text), address
    shown = desk.get(frame).text
    assert TRACKER in shown  # only where the link goes
    assert set(re.findall(rf'(\w+)="[^"]*{TRACKER}', shown)) == {"href"}
    assert "<script" not in shown and "onload" not in shown and "javascript:" not in shown


def test_8_its_frame_can_neither_run_nor_load_nor_touch_the_page(desk: Client) -> None:
    contact = contact_of(written(HOSTILE))
    response = desk.get(reverse("desk:message_as_written", args=[contact.pk]))
    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    assert (policy["default-src"], policy["img-src"]) == ("'none'", "data:")
    assert not {"script-src", "connect-src", "font-src"} & set(policy)
    assert "allow-scripts" not in policy["sandbox"] and "allow-same-origin" not in policy["sandbox"]
    around = desk.get(f"/desk/inbox/{contact.pk}/")
    [frame] = re.findall(r"<iframe[^>]*>", around.text)
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in frame and 'loading="lazy"' in frame
    assert "'unsafe-inline'" not in around["Content-Security-Policy"]


def test_8_images_held_back_are_counted(desk: Client) -> None:
    contact = contact_of(written(HOSTILE))
    assert "3 images retenues" in desk.get(reverse("desk:message_as_written", args=[contact.pk])).text


def test_8_its_own_pictures_are_shown_from_the_files_kept(desk: Client, run_jobs: Callable[[], int]) -> None:
    source = '<p>Voici</p><img src="cid:plan"><img src="cid:absent">'
    contact = contact_of(written(source, {"plan": photo("PNG")}))
    assert "data:image" not in desk.get(reverse("desk:message_as_written", args=[contact.pk])).text
    run_jobs()
    text = desk.get(reverse("desk:message_as_written", args=[contact.pk])).text
    [picture] = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', text)
    with storages["received"].open(contact.files.get().attachment.served) as stream:
        assert base64.b64decode(picture) == stream.read()
    assert "retenue" not in text


def test_8_a_link_says_where_it_goes() -> None:
    shown = page(
        '<a href="http://mabanque.ca.piege.exemple/x" title="a>b">mabanque.ca</a>'
        '<a href="https://ville.exemple/page">ville.exemple</a><a href="https://exаmple.ca/">example.ca</a>',
        {},
    ).html
    assert shown.count('rel="noopener noreferrer nofollow"') == 3
    assert re.findall(r"\[([^\]]+)\]", shown) == ["mabanque.ca.piege.exemple", "xn--exmple-4nf.ca"]


def test_8_a_message_of_many_links_is_read_as_text(desk: Client) -> None:
    contact = contact_of(written('<p><a href="https://x.exemple/">x</a></p>' * 201))
    text = desk.get(f"/desk/inbox/{contact.pk}/").text
    assert "plus de 200 liens" in text and "<iframe" not in text
    assert desk.get(reverse("desk:message_as_written", args=[contact.pk])).status_code == 404


def test_8_a_message_without_html_has_no_other_view(desk: Client) -> None:
    contact = Contact.objects.get(mails__incoming=received(raw()))
    assert "<iframe" not in desk.get(f"/desk/inbox/{contact.pk}/").text
    assert desk.get(reverse("desk:message_as_written", args=[contact.pk])).status_code == 404


def test_8_the_text_is_what_is_shown_first(desk: Client) -> None:
    text = desk.get(f"/desk/inbox/{contact_of(written('<p>Mise en page</p>')).pk}/").text
    assert '<div class="words">Bonjour</div>' in text and "Mise en page" not in text
    assert '<details class="as-written">' in text


# --- 7 and 9. Files -------------------------------------------------------------------------------------------------


def with_parts(*parts: tuple[bytes, str, str]) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Anne Roy <{ANNE}>", "info@anse.exemple.ca", "Fichiers"
    message["Message-ID"] = f"<{unique()}@x.ca>"
    message.set_content("Voici.")
    for content, kind, name in parts:
        main, _slash, sub = kind.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message


def test_9_names_are_bare_and_unique() -> None:
    names = ["../../etc/passwd", "c:\\x\\passwd", "", "facture\u202efdp.exe", "a\x00b.pdf", "Été.pdf"]
    message = parse(with_parts(*[(b"x", "application/pdf", name) for name in names]).as_bytes())
    assert [file.name for file in message.files] == [
        *("passwd", "passwd (2)", "application.pdf", "facturefdp.exe", "ab.pdf", "Été.pdf")
    ]


def test_9_a_type_is_what_the_bytes_say(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    message = with_parts((b"<html><script>", "image/png", "a.png"), (heic(), "application/x-unknown", "IMG_1.HEIC"))
    contact = contact_of(message)
    run_jobs()
    kinds = {row.attachment.name: row.attachment.content_type for row in contact.files.all()}
    assert kinds == {"a.png": "application/octet-stream", "IMG_1.jpg": "image/jpeg"}


def test_9_too_many_files_are_named_and_left_out(town: SmallTown) -> None:
    incoming = received(
        with_parts(*[(b"x%d" % rank, "application/pdf", f"{rank}.pdf") for rank in range(25)]).as_bytes()
    )
    assert (incoming.files.count(), len(incoming.left_out)) == (20, 5)


def test_9_what_is_encrypted_or_signed_says_so(desk: Client) -> None:
    contact = contact_of(with_parts((b"0\x80", "application/pkcs7-mime", "smime.p7m"), (b"x", "text/plain", "a.pgp")))
    assert desk.get(f"/desk/inbox/{contact.pk}/").text.count("Chiffré ou signé") == 2


def test_7_a_message_inside_the_message_is_a_file_and_is_read_at_the_desk(desk: Client) -> None:
    message, inner = with_parts(), EmailMessage()
    inner["From"], inner["Subject"] = "Luc Côté <luc@exemple.ca>", "Fossé"
    inner.set_content("Le fossé déborde.\n<b>Vite</b>")
    message.add_attachment(inner)
    contact = contact_of(message)
    text = desk.get(f"/desk/inbox/{contact.pk}/").text
    assert "Luc Côté luc@exemple.ca" in text and "Le fossé déborde." in text and "<b>Vite" not in text
    key = contact.files.get().attachment.key
    kept = b"".join(desk.get(f"/desk/inbox/{contact.pk}/files/{key}").streaming_content)  # type: ignore[attr-defined]
    assert parse(kept).text == "Le fossé déborde.\n<b>Vite</b>"


EVENT = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Assembl\xc3\xa9e\r\nDTSTART:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


@pytest.mark.parametrize(
    ("start", "shown"),
    [(b"20261201T190000Z", "14 h"), (b"20261201", "1er déc."), (b"20261201T190000", "19 h"), (b"demain", "invite.ics")],
)
def test_7_an_invitation_says_what_and_when(desk: Client, start: bytes, shown: str) -> None:
    contact = contact_of(with_parts((EVENT % start, "text/calendar", "invite.ics")))
    text = desk.get(f"/desk/inbox/{contact.pk}/").text.replace("\u00a0", " ").replace("<sup>er</sup>", "er")
    assert shown in text and "Assemblée" in text


# --- 6. Every word is kept ------------------------------------------------------------------------------------------


def read(body: bytes, *headers: str) -> Message:
    return parse((HEAD + "".join(f"{line}\r\n" for line in headers)).encode() + b"\r\n" + body)


@pytest.mark.parametrize(
    "body",
    [
        base64.b64encode("Il neige déjà".encode()).rstrip(b"="),
        base64.b64encode("Il neige déjà".encode()).replace(b"Z", b"\r\nZ!"),
        base64.b64encode("Il neige déjà".encode()) + b"A",
        "Il neige déjà".encode(),
    ],
    ids=["no padding", "strange letters", "a letter too many", "not base64"],
)
def test_6_base64_is_read_whatever_its_faults(body: bytes) -> None:
    message = read(body, "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64")
    assert message.text.startswith("Il neige déjà")


def test_6_sentences_said_to_be_base64_stay_sentences() -> None:
    message = read(b"Bonjour\r\nIl neige sur la rue", "Content-Transfer-Encoding: base64")
    assert message.text == "Bonjour\nIl neige sur la rue"


def test_6_a_uuencoded_file_is_a_file() -> None:
    lines = b"".join(binascii.b2a_uu(b"%PDF-1 plan de la rue"[at : at + 45]) for at in range(0, 21, 45))
    message = read(b"Voici.\n\nbegin 644 ../plan.pdf\n" + lines + b"`\nend\nMerci.\n\nbegin 644 pas un fichier\nfin")
    assert message.text == "Voici.\n\nMerci.\n\nbegin 644 pas un fichier\nfin"
    assert [(file.name, file.data) for file in message.files] == [("plan.pdf", b"%PDF-1 plan de la rue")]


def test_6_no_lone_surrogate_and_no_nul_reaches_the_database(town: SmallTown) -> None:
    body = "Content-Type: text/html; charset=utf-16\r\n\r\n<p>Ici\x00 &#xD800; &#0; là</p>".encode()
    incoming = received(b"From: \xff\x00 <a@b.ca>\r\nSubject: \xed\xa0\x80\x00?\r\n" + body)
    assert incoming.outcome == "new"
    for words in (incoming.text, incoming.subject, incoming.from_name):
        words.encode()
        assert "\0" not in words


def test_6_words_too_long_for_the_screen_are_a_file_too(town: SmallTown) -> None:
    incoming = received(raw("mot " * 60_000 + "fin"))
    assert len(incoming.text) == 200_000
    [row] = incoming.files.all()
    with storages["received"].open(row.attachment.stored) as stream:
        assert stream.read().endswith(b"fin")


# --- 1 and 4. Limits ------------------------------------------------------------------------------------------------


def test_4_a_message_that_takes_too_long_is_set_aside(town: SmallTown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming_services, "PARSE_SECONDS", 0.05)
    body = b"<table><tr><td>" * 60_000
    start = time.process_time()
    incoming = received(HEAD.encode() + b"Content-Type: text/html\r\n\r\n" + body)
    assert time.process_time() - start < 5, "seconds of this process"
    assert incoming.outcome == "quarantined" and "trop de temps" in incoming.reason


def test_4_a_message_without_an_outcome_after_three_attempts_is_set_aside_and_tried_again_on_demand(
    town: SmallTown, run_jobs: Callable[[], int]
) -> None:
    incoming, _new = store_message(raw())
    for _attempt in range(3):  # each killed before its end
        count_attempt(Incoming.objects.get())
    with pytest.raises(Invalid):
        count_attempt(Incoming.objects.get())
    assert take_in_mail(incoming_id=incoming.pk).outcome == "quarantined"
    take_again(incoming_id=incoming.pk)
    run_jobs()
    assert Incoming.objects.get().outcome == "new"


def test_4_a_time_limit_ends_the_block_and_leaves_the_earlier_one() -> None:
    with pytest.raises(TimeoutError), time_limit(0.3):  # noqa: PT012
        with pytest.raises(TimeoutError), time_limit(0.05):
            time.sleep(2)
        with time_limit(10):
            time.sleep(2)
    time.sleep(0.1)


MEASURE = """
import re, sys
from pathlib import Path
from parvis.apps.mail.rules import parsing
with open(sys.argv[1], "rb") as stream:
    message = parsing.read(stream)
assert message.files and message.text, message
print(int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.parametrize("kind", ["a file", "text"])
def test_1_a_message_of_25_mb_is_parsed_within_100_mb(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "large.eml"
    with path.open("wb") as stream:
        stream.write(HEAD.encode())
        if kind == "text":
            stream.write(b"Content-Type: text/plain; charset=utf-8\r\n\r\n")
            stream.write(("Il neige déjà sur la rue du Quai. " * 3 + "\r\n").encode() * 240_000)
        else:
            stream.write(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nVoici.\r\n--x\r\n")
            stream.write(b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n")
            stream.write(base64.encodebytes(b"%PDF-1 plan de la rue du Quai " * 600_000).replace(b"\n", b"\r\n"))
            stream.write(b"--x--\r\n")
    assert path.stat().st_size > 24_000_000
    command = [sys.executable, "-c", textwrap.dedent(MEASURE), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_1_large_bodies_come_out_as_they_went_in(end: str) -> None:
    words = [
        f"-- {rank} Il neige déjà, à la ligne {rank}." if rank % 4000 == 0 else f"Ligne {rank}."
        for rank in range(20_000)
    ]
    content = random.Random(7).randbytes(700_001)
    inner = f"Subject: Dedans{end}Content-Type: text/plain; charset=utf-8{end}{end}" + end.join(words)
    parts = [
        f"Content-Type: text/plain; charset=utf-8{end}{end}" + end.join(words),
        f"Content-Type: application/pdf; name=a.pdf{end}Content-Transfer-Encoding: base64{end}{end}"
        + base64.encodebytes(content).decode().replace("\n", end).rstrip(),
        f"Content-Type: message/rfc822{end}{end}{inner}",
        f"Content-Type: application/octet-stream; name=b.bin{end}{end}" + "abc" * 100_000,
    ]
    head = f"From: a@b.ca{end}Content-Type: multipart/mixed; boundary=xyz{end}{end}"
    body = "".join(f"--xyz{end}{part}{end}" for part in parts)
    message = parse(f"{head}Avant{end}{body}--xyz--{end}".encode())
    assert message.text == "\n".join(words)[:200_000]
    files = {file.name: file.data for file in message.files}
    assert files["a.pdf"] == content and files["b.bin"] == b"abc" * 100_000
    assert files["message.txt"].decode() == "\n".join(words)
    assert parse(files["Dedans.eml"]).files[0].data.decode() == "\n".join(words)


# --- 5. Oversize ----------------------------------------------------------------------------------------------------


def oversize(**headers: str) -> Incoming:
    header, _empty, _body = raw("", **({"To": town_email()} | headers)).partition(b"\n\n")
    incoming, _new = store_oversize(header, 52_000_000)
    incoming = take_in_mail(incoming_id=incoming.pk)
    understand_mail(incoming_id=incoming.pk)
    return incoming


def test_5_a_message_that_is_too_large_waits_for_an_agent_without_its_words(desk: Client) -> None:
    incoming = oversize(Subject="Photos du fossé")
    contact = Contact.objects.get(mails__incoming=incoming)
    assert (incoming.outcome, incoming.size, contact.subject_line) == ("new", 52_000_000, "Photos du fossé")
    text = desk.get(f"/desk/inbox/{contact.pk}/").text
    assert "Trop lourd pour être reçu" in text and "49,6" in text and ANNE in text
    assert "Trop lourd pour être reçu" in desk.get("/desk/inbox/").text


def test_5_its_sender_is_told_once(town: SmallTown, run_jobs: Callable[[], int]) -> None:
    oversize(Message_ID="<gros@x.ca>")
    oversize(Message_ID="<encore@x.ca>")
    run_jobs()
    [letter] = Outgoing.objects.all()
    assert (letter.to, letter.state) == (ANNE, Outgoing.State.SENT)
    assert "52" in letter.text and "40" in letter.text and "/demande/" in letter.text
    sent = letter_of(letter)
    assert sent.extra_headers["Auto-Submitted"] == "auto-replied"
    assert sent.extra_headers["In-Reply-To"] == "<gros@x.ca>"
    with later(days=1):
        oversize(Message_ID="<demain@x.ca>")
    assert Outgoing.objects.count() == 2


@pytest.mark.parametrize(
    "header",
    [{"Auto-Submitted": "auto-replied"}, {"Return-Path": "<>"}, {"List-Id": "<x.ca>"}, {"From": "postmaster@x.ca"}],
)
def test_5_a_machine_is_not_answered(town: SmallTown, header: dict[str, str]) -> None:
    oversize(**{name.replace("-", "_"): value for name, value in header.items()})
    assert not Outgoing.objects.exists() and not Contact.objects.exists()


def test_5_the_town_is_not_answered_by_itself(town: SmallTown) -> None:
    oversize(From=town_email())
    assert not Outgoing.objects.exists()


def test_5_the_same_one_fetched_again_is_known_and_only_the_header_is_kept(town: SmallTown) -> None:
    first, new = store_oversize(b"From: a@b.ca\r\nSubject: Gros\r\n\r\nLe corps", 50_000_000)
    again, new_again = store_oversize(b"From: a@b.ca\r\nSubject: Gros", 50_000_000)
    assert (first.pk, new, new_again) == (again.pk, True, False)
    with storages["received"].open(first.stored) as stream:
        assert stream.read() == b"From: a@b.ca\r\nSubject: Gros\r\n\r\n"
    with pytest.raises(Invalid):
        store_oversize(b"\r\n\r\n", 50_000_000)


def test_8_bytes_that_are_lost_show_no_other_view(desk: Client) -> None:
    contact = contact_of(written("<p>x</p>"))
    path = contact.mails.get().incoming.stored
    storages["received"].delete(path)
    assert desk.get(reverse("desk:message_as_written", args=[contact.pk])).status_code == 404
    storages["received"].save(path, ContentFile(b"x"))
