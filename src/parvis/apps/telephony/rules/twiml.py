"""What Twilio is asked to say (TwiML, <Say>, <Gather>, <Hangup>)."""

import re
from collections.abc import Iterable
from xml.etree import ElementTree as ET

CONFIRM, AGAIN, LEAVE = "1", "2", "9"
LONGEST = 4_000  # characters of the parameter Twiml of the Calls resource
WAIT = 6  # seconds for a key, after the last word
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production [2] Char
_VOICES = {"fr": "fr-CA", "en": "en-CA"}


def message(language: str, paragraphs: Iterable[str], keys: str) -> str:
    """Says the paragraphs and waits for one key, told by a POST to `keys`; with no key, an empty one is told."""
    response = ET.Element("Response")
    gather = ET.SubElement(
        response,
        "Gather",
        {
            "input": "dtmf",
            "numDigits": "1",
            "finishOnKey": "",
            "timeout": str(WAIT),
            "action": keys,
            "method": "POST",
            "actionOnEmptyResult": "true",
        },
    )
    for rank, words in enumerate(paragraphs):
        if rank:
            ET.SubElement(gather, "Pause", {"length": "1"})
        _say(gather, language, words)
    return _xml(response)


def ending(language: str = "fr", words: str = "") -> str:
    """Says a last word, "" for none, and hangs up."""
    response = ET.Element("Response")
    if words:
        _say(response, language, words)
    ET.SubElement(response, "Hangup")
    return _xml(response)


def _say(parent: ET.Element, language: str, words: str) -> None:
    ET.SubElement(parent, "Say", {"language": _VOICES.get(language, "fr-CA")}).text = _NOT_XML.sub("", words)


def _xml(response: ET.Element) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>' + ET.tostring(response, encoding="unicode")
