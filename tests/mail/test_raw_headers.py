"""Headers written without their charset, and words written before them, lose neither the subject nor the sender."""

import pytest

from parvis.apps.mail.rules.headers import header_of
from parvis.apps.mail.rules.parsing import Message, parse

WRITTEN = {
    "iso-8859-1": ("Égout bouché à côté", "René Léger"),
    "windows-1252": ("L’été à l’œuvre", "Zoé Bœuf"),
    "gb2312": ("路灯坏了", "王小明"),
    "gbk": ("路灯坏了", "王小明"),
    "big5": ("路燈壞了", "王小明"),
    "shift_jis": ("街灯が壊れています、ソ表", "山田太郎"),
    "euc-jp": ("街灯が壊れています", "山田太郎"),
    "iso-2022-jp": ("街灯が壊れています", "山田太郎"),
    "koi8-r": ("Фонарь не горит", "Иван"),
    "utf-8": ("Égout bouché", "René Léger"),
}
BANNERS = {
    "a line": b"*** COURRIEL EXTERNE : prudence ***\r\n",
    "a line that looks like a header": b"CAUTION: this message comes from outside\r\n\r\n",
    "a title in French": b"Avertissement : courriel externe\r\n",
    "lines, not in UTF-8": b"Ce message vient de l'ext\xe9rieur.\r\nNe cliquez pas.\r\n\r\n",
    "an empty line first": b"\r\n[EXTERNAL]\r\n",
}


def written(charset: str, subject: str, name: str, body: str, *, declared: str = "") -> bytes:
    header = (
        f"From: {name} <rene@exemple.ca>\r\nTo: info@anse.exemple.ca\r\nSubject: {subject}\r\n"
        f"Content-Type: text/plain; charset={declared or charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    return (header + body).encode(charset)


def told(message: Message) -> tuple[str, str, str]:
    return message.subject, message.from_name, message.from_address


@pytest.mark.parametrize("charset", WRITTEN)
def test_raw_headers_are_read_in_the_charset_of_the_body(charset: str) -> None:
    subject, name = WRITTEN[charset]
    message = parse(written(charset, subject, name, subject))
    assert told(message) == (subject, name, "rene@exemple.ca") and message.text == subject


def test_raw_latin_headers_of_a_body_in_utf_8_are_read_too() -> None:
    subject, name = WRITTEN["iso-8859-1"]
    assert told(parse(written("iso-8859-1", subject, name, "ok", declared="utf-8"))) == (
        subject,
        name,
        "rene@exemple.ca",
    )


@pytest.mark.parametrize("banner", BANNERS)
def test_words_before_the_header_lose_neither_subject_nor_sender(banner: str) -> None:
    content = BANNERS[banner] + written("utf-8", "Égout bouché", "René Léger", "Il déborde.")
    message = parse(content)
    assert told(message) == ("Égout bouché", "René Léger", "rene@exemple.ca") and message.text == "Il déborde."
    assert b"Subject: " in header_of(content)


def test_a_message_without_any_header_is_all_words() -> None:
    message = parse(b"Bonjour,\r\nil n'y a pas d'en-tete.\r\n\r\nMerci")
    assert message.subject == "" and message.text == "Bonjour,\nil n'y a pas d'en-tete.\n\nMerci"


def test_headers_of_a_gateway_before_the_usual_ones_stay_headers() -> None:
    message = parse(b"X-Gateway: seen\r\n" + written("utf-8", "Égout", "René", "Il déborde."))
    assert message.header("x-gateway") == "seen" and message.subject == "Égout"
