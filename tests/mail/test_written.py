"""What agents write as plain text becomes paragraphs and lists; what they answer is quoted; chains stay short."""

import re

import pytest

from parvis.apps.mail.letters import written
from parvis.apps.mail.rules.body import html_text
from parvis.apps.mail.rules.threads import bounce_address, bounced_letter, chain, thread_of
from parvis.apps.mail.rules.written import LONGEST_QUOTE, Block, blocks, kept_of, quoted


def test_paragraphs_and_lists_are_told_apart() -> None:
    text = "Bonjour,\n\nIl faut :\n- un plan\n- une photo\n1. Remplir\n2. Signer\n5. Payer\nMerci\nAnne"
    assert blocks(text) == [
        Block("p", ("Bonjour,",)),
        Block("p", ("Il faut :",)),
        Block("ul", ("un plan", "une photo")),
        Block("ol", ("Remplir", "Signer")),
        Block("ol", ("Payer",), 5),
        Block("p", ("Merci", "Anne")),
    ]
    assert blocks("  \n\n") == []


def test_a_quote_is_marked_line_by_line_and_capped() -> None:
    assert quoted("un\n\n> deux") == "> un\n>\n>> deux"
    assert len(kept_of("x" * 20_000)) <= LONGEST_QUOTE + 5
    assert kept_of(" court ") == "court"


@pytest.mark.django_db
def test_html_and_text_hold_the_same_words() -> None:
    words = "Bonjour <i>,\n\n- un plan\n- une photo\n\nMerci & à bientôt"
    letter = written("Sujet", words, introduction="Le 3, Anne a écrit :", quote="Un mot\net <b>deux</b>")
    plain = re.sub(r"(?m)^(?:> ?|- )", "", letter.text)
    shown = re.sub(r"(?m)^\s*(?:[-•*>] ?)+", "", html_text(letter.html))
    assert plain.split() == shown.split()


def test_a_chain_keeps_its_beginning_and_its_end() -> None:
    ids = [f"<{rank}@x.ca>" for rank in range(30)]
    assert chain(ids, 20) == [ids[0], *ids[-19:]]
    assert chain(ids[:3] * 2, 20) == ids[:3]


def test_an_address_for_reports_names_one_letter_and_no_thread() -> None:
    address = bounce_address("info@ville.exemple", 12, "secret")
    assert address.startswith("info+b12.") and bounced_letter(["x@y.ca", address.upper()], "secret") == 12
    assert bounced_letter([address.replace("b12", "b13")], "secret") is None
    assert bounced_letter([address], "another") is None
    assert thread_of([address], "secret") == ""
