"""Messages as the wild writes them: read whole, without an exception, with no word lost."""

from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parvis.apps.mail.rules.automated_mail import automatic, bounce, bounce_in_words
from parvis.apps.mail.rules.body import html_text, only_in_html, own_words, pieces, said, unflow
from parvis.apps.mail.rules.headers import addresses, decode
from parvis.apps.mail.rules.page import links_in
from parvis.apps.mail.rules.parsing import parse
from parvis.apps.mail.rules.threads import is_forward, reply_address, thread_of

HEAD = "From: Anne <anne@exemple.ca>\r\nTo: info@ville.exemple\r\nSubject: Bonjour\r\n"


def plain(body: str, head: str = HEAD) -> bytes:
    return f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{body}".encode()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("=?utf-8?b?TWFyaWUtw4h2ZQ==?=", "Marie-Ève"),
        ("=?iso-8859-1?Q?Lampadaire_=E9teint?=", "Lampadaire éteint"),
        ("=?utf-8?q?B=C3?= =?utf-8?q?=A9?=", "Bé"),
        ("=?inconnu?q?caf=E9?=", "café"),
        ("=?utf-8?b?w6k?=", "é"),
        ("Réunion du 3", "Réunion du 3"),
        ("R\udce9union", "Réunion"),
        ("Deux\r\n lignes", "Deux lignes"),
    ],
)
def test_a_header_is_read_in_words(written: str, read: str) -> None:
    assert decode(written) == read


@pytest.mark.parametrize(
    ("written", "pairs"),
    [
        ("Anne <Anne@Exemple.CA>", [("Anne", "anne@exemple.ca")]),
        ('"Roy, Anne" <a@b.ca>, c@d.ca', [("Roy, Anne", "a@b.ca"), ("", "c@d.ca")]),
        ("a@", []),
        ("Anne Roy a@b.ca", [("", "a@b.ca")]),
        ("=?utf-8?q?Ren=C3=A9?= <r@b.ca>", [("René", "r@b.ca")]),
        ("undisclosed-recipients:;", []),
    ],
)
def test_addresses_are_read_with_their_names(written: str, pairs: list[tuple[str, str]]) -> None:
    assert addresses([written]) == pairs


def test_a_line_that_is_no_header_does_not_end_the_headers() -> None:
    message = parse(b"From: a@b.ca\r\nnot a header\r\nSubject: Neige\r\n\r\nBonjour")
    assert (message.subject, message.text) == ("Neige", "Bonjour")


@pytest.mark.parametrize(
    "head",
    ["From: \r\nReply-To: r@b.ca\r\n", "From: a@\r\nReturn-Path: <r@b.ca>\r\n", "Sender: r@b.ca\r\n"],
)
def test_the_sender_is_found_elsewhere_when_from_is_unusable(head: str) -> None:
    assert parse(f"{head}\r\nBonjour".encode()).from_address == "r@b.ca"


@pytest.mark.parametrize("charset", ["foo", "ascii", "utf-8", "us-ascii", ""])
def test_words_are_read_whatever_the_charset_says(charset: str) -> None:
    raw = f"From: a@b.ca\r\nContent-Type: text/plain; charset={charset}\r\n\r\n".encode() + "Il neige déjà".encode(
        "cp1252"
    )
    assert parse(raw).text == "Il neige déjà"


def test_a_message_with_alternatives_files_and_a_forwarded_message() -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.ca", "info@ville.exemple", "Photos"
    message.set_content("Voici.")
    message.add_alternative("<p>Voici.</p>", subtype="html")
    inner = EmailMessage()
    inner["Subject"] = "Plainte"
    inner.set_content("Le bruit.")
    message.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename="../secret/plan.pdf")
    message.add_attachment(b"%PDF-2", maintype="application", subtype="pdf", filename="plan.pdf")
    message.add_attachment(inner)
    read = parse(message.as_bytes())
    assert read.text == "Voici."
    assert [file.name for file in read.files] == ["plan.pdf", "plan (2).pdf", "Plainte.eml"]
    assert "Le bruit" not in read.text


def test_html_alone_becomes_words() -> None:
    html = "<style>p{}</style><p>Bonjour <b>toi</b></p><ul><li>un<li>deux</ul><blockquote>cité</blockquote>"
    assert html_text(html) == "Bonjour toi\n\n- un\n- deux\n\n> cité"
    assert html_text('<a href="https://ville.exemple/x">ici</a>') == "ici <https://ville.exemple/x>"


def test_flowed_lines_are_joined_and_quotes_are_not() -> None:
    assert unflow("Une phrase \ncoupée.\n> cité \nSuite", delete_space=False) == "Une phrase coupée.\n> cité \nSuite"


@pytest.mark.parametrize(
    "quoted",
    [
        "Le 3 nov. 2026 à 10 h, Ville <info@v.ca> a écrit :\n> Bonjour",
        "On Tue, Nov 3, 2026, Town <info@v.ca> wrote:\n> Hello",
        "On Tue, Nov 3, 2026 at 10:00 AM Town of Carignan\n<info@v.ca> wrote:\n> Hello",
        "-----Message d'origine-----\nDe : Ville\nBonjour",
        "De : Ville\nEnvoyé : mardi\nÀ : Anne\nObjet : Neige\nBonjour",
        "> Bonjour\n> Anne",
    ],
)
def test_what_is_quoted_is_folded_and_never_cut(quoted: str) -> None:
    text = f"Toujours pas passé.\n\n{quoted}"
    assert said(text) == "Toujours pas passé."
    assert "\n".join(piece.text for piece in pieces(text)) == text


def test_an_answer_between_quoted_lines_stays_in_view() -> None:
    assert said("> Quelle adresse?\n12, rue du Quai\n> Quand?\nHier") == "12, rue du Quai\nHier"


LETTER = """Bonjour,

Votre requête 26-0001-X est reçue, et la voirie s'en occupe.

Suivre ma requête : https://ville.exemple.ca/suivi/abcdefghij/

Ville de l'Anse"""
ASIDE = "\n".join(f"> {line}" for line in LETTER.splitlines())
OUTLOOK = f"De : Ville <v@ville.exemple>\nEnvoyé : 3 novembre 2026\nÀ : Anne\nObjet : Reçue\n\n{LETTER}"
BELOW = {
    "a letter quoted line by line": f"Le 3 nov. 2026, Ville <v@ville.exemple> a écrit :\n\n{ASIDE}",
    "in English, on two lines": f"On Tue, Nov 3, 2026, Ville\n<v@ville.exemple> wrote:\n{ASIDE}",
    "the letter as it was": OUTLOOK,
    "the original message": f"-----Message d'origine-----\n{OUTLOOK}",
}


@pytest.mark.parametrize("quoted", BELOW)
def test_a_reply_below_the_quote_is_the_reply_alone(quoted: str) -> None:
    reply = "La porte est encore brisée.\n\nMerci de faire vite."
    assert own_words(f"{BELOW[quoted]}\n\n{reply}", [LETTER]) == reply


@pytest.mark.parametrize("quoted", BELOW)
def test_a_letter_sent_back_without_a_word_says_nothing(quoted: str) -> None:
    assert own_words(BELOW[quoted], [LETTER]) == ""


def test_a_short_reply_is_kept_even_when_the_letter_holds_the_same_word() -> None:
    assert own_words(f"{OUTLOOK}\n\nreçue", [LETTER]) == "reçue"


def test_an_answer_below_a_quote_is_in_view_and_a_quoted_line_cut_in_two_is_not() -> None:
    quoted = "> Nous vous écrirons dès que les équipes de la voirie auront pu passer sur\nplace"
    text = f"Le 3 nov. 2026, Ville <v@ville.exemple> a écrit :\n{quoted}\n\nMerci, je serai là.\n\n-- \nAnne"
    assert said(text) == "Merci, je serai là."


@pytest.mark.parametrize(
    ("plain_text", "html", "missing"),
    [
        ("Bonjour,\nça va.", "<p>Bonjour, <b>ça va</b>.</p>", ""),
        ("Voir en HTML", "<p>Voir en HTML</p><p>Au secours</p>", "Au secours"),
        ("Merci\n> On se voit demain", "<p>Merci</p><blockquote>On se voit demain</blockquote>", ""),
        ("Lien", '<p>Lien</p><img src="x" alt=""><style>p{}</style>', ""),
        ("Bonjour", "", ""),
    ],
)
def test_what_only_the_html_says_is_told_apart(plain_text: str, html: str, missing: str) -> None:
    assert only_in_html(plain_text, html) == missing


def test_a_message_that_is_all_quoted_is_shown_whole() -> None:
    assert said("> Bonjour") == "> Bonjour"


@given(st.text(alphabet="> \nabDeOn:Le-", max_size=200))
def test_no_word_is_lost_by_folding(text: str) -> None:
    assert "\n".join(piece.text for piece in pieces(text)) == text
    assert not text.strip() or said(text).strip()


@given(st.binary(max_size=400))
@example(b"From: a@\n\n")
@example(b"Content-Type: multipart/mixed; boundary=x\n\n--x\n--x--")
@example(b"Content-Type: text/plain; charset*=utf-8''x%ff\nSubject: =?x?b?%?=\n\n\xff\x00")
def test_no_message_raises_and_none_holds_what_a_database_refuses(raw: bytes) -> None:
    message = parse(raw)
    for words in (message.text, message.subject, message.from_name, message.from_address):
        words.encode()
        assert "\0" not in words


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ("Auto-Submitted: auto-replied", "auto-submitted"),
        ("Auto-Submitted: no", ""),
        ("Return-Path: <>", "null-sender"),
        ("List-Id: <nouvelles.exemple>", "list"),
        ("Precedence: bulk", "precedence"),
        ("X-Auto-Response-Suppress: All", "suppressed"),
        ("X-Autoreply: yes", "autoreply"),
        ("Subject: Réponse automatique : absente", "away"),
        ("From: noreply@exemple.ca", "machine"),
        ("From: Noe Rene <noe.rene@exemple.ca>", ""),
    ],
)
def test_a_machine_is_told_from_a_person(header: str, why: str) -> None:
    head = header if header.startswith("From") else f"From: anne@exemple.ca\r\n{header}"
    assert automatic(parse(f"{head}\r\n\r\nBonjour".encode())) == why


REPORT = """From: MAILER-DAEMON@mx.exemple.ca
To: info@ville.exemple
Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.exemple.ca

Final-Recipient: rfc822; anne@exemple.ca
Status: {status}
Diagnostic-Code: smtp; 550 no such user
--b
Content-Type: message/rfc822

Message-ID: <ours@ville.exemple>
Subject: Votre demande

Bonjour
--b--
"""


@pytest.mark.parametrize(("status", "permanent"), [("5.1.1", True), ("4.2.2", False)])
def test_a_delivery_report_names_the_letter_and_whether_it_failed_for_good(status: str, permanent: bool) -> None:
    report = bounce(parse(REPORT.format(status=status).encode()))
    assert report is not None
    assert (report.permanent, report.recipient) == (permanent, "anne@exemple.ca")
    assert report.message_ids == ("<ours@ville.exemple>",)


def test_a_person_who_writes_of_a_failure_is_no_report() -> None:
    assert bounce(parse(plain("Votre courriel: 550 no such user"))) is None


def test_an_address_carries_a_thread_that_nobody_else_can_make() -> None:
    address = reply_address("info@ville.exemple", "26-0123-K", "secret")
    assert thread_of([address.upper()], "secret") == "26-0123-k"
    assert thread_of([address], "another") == ""
    assert thread_of([address.replace("0123", "0124")], "secret") == ""
    assert thread_of(["info@ville.exemple"], "secret") == ""


@pytest.mark.parametrize(
    ("subject", "forwarded"), [("Fwd: x", True), ("TR : x", True), ("Re: x", False), ("Tri", False)]
)
def test_a_forward_is_told_from_an_answer(subject: str, forwarded: bool) -> None:
    assert is_forward(subject) == forwarded


@pytest.mark.parametrize(
    "words",
    ["Absente jusqu'au 4.12.26. Urgence : 514-555-1234.", "Je suis absent, 450 555-0142.", "Bureau : 500 rue Haute."],
)
def test_an_absence_with_a_phone_number_is_no_failure(words: str) -> None:
    head = b"From: luc@exemple.ca\r\nAuto-Submitted: auto-replied\r\nSubject: Absence\r\n\r\n"
    assert bounce_in_words(parse(head + words.encode())) is None


@pytest.mark.parametrize(
    "body",
    [b"<a " * 300_000, b"Status: " * 60_000, pytest.param(b"\n" * 300_000, marks=pytest.mark.soak("mail"))],
)
def test_hostile_words_come_to_an_end(body: bytes) -> None:
    report = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
    part = b"--b\r\nContent-Type: message/delivery-status\r\n\r\n" + body + b"\r\n--b--\r\n"
    message = parse(b"From: a@b.ca\r\n" + report + part)
    assert bounce(message) is not None
    assert links_in(body.decode()) == 0
