"""30. A thousand messages as they come from the wild: each is stored and read, and no word of it is lost."""

from parvis.apps.mail.rules import parsing
from parvis.apps.mail.rules.body import said
from tests.mail.generator import QUOTED, wild_messages

COUNT = 1000


def words(text: str) -> list[str]:
    return [word.strip("<>") for word in text.replace("\u00a0", " ").split() if word.strip("<>")]


def test_subject_and_sender_are_right_on_99_of_100_and_no_word_is_lost() -> None:
    wrong: list[str] = []
    for rank, wild in enumerate(wild_messages(COUNT)):
        message = parsing.parse(wild.raw)
        message.text.encode("utf-8")  # what a database stores
        if (message.subject, message.from_address) != (wild.subject, wild.sender):
            wrong.append(f"{rank}: {message.subject!r} {message.from_address!r}, not {wild.subject!r} {wild.sender!r}")
        there = words(message.text)
        lost = [word for word in words(wild.words) if word not in there]
        assert not lost, f"{rank}: {lost}\n{message.text}\n---\n{wild.raw[:3000]!r}"
    assert len(wrong) <= COUNT // 100, "\n".join(wrong)


def test_what_the_person_wrote_is_never_folded_with_what_they_quote() -> None:
    for rank, wild in enumerate(wild_messages(COUNT, seed=7)):
        if not wild.quotes:
            continue
        message = parsing.parse(wild.raw)
        theirs = [word for word in words(wild.words.replace(QUOTED, "")) if word in WORDS]
        shown = words(said(message.text))
        lost = [word for word in theirs if word not in shown]
        assert not lost, f"{rank}: {lost}\n{message.text}"


WORDS = ("bac", "collecte", "garage", "camion", "clôture", "façade", "hôpital", "forêt", "œuf", "appelle")
