"""The rules of RSS 2.0 (RSS Advisory Board), Atom (RFC 4287), JSON Feed 1.1 and iCalendar (RFC 5545), file by file.

Each function returns the identifiers of its entries, in order, and raises AssertionError, naming the rule, when the
file breaks one.
"""

import json
import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

from icalendar import Calendar

ATOM = "{http://www.w3.org/2005/Atom}"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)")  # RFC 3339
TAG = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")  # the language tags that we use
LONGEST_LINE = 75  # bytes of a line of iCalendar, its end left out


def rss_ids(text: bytes) -> list[str]:
    """Checks an RSS 2.0 document."""
    root = ElementTree.fromstring(text)
    assert root.tag == "rss" and root.get("version") == "2.0", "the root is rss 2.0"
    assert [child.tag for child in root] == ["channel"], "rss holds one channel"
    channel = root[0]
    for name in ("title", "link", "description"):
        assert _only(channel, name).strip(), f"a channel has one {name}"
    _address(_only(channel, "link"))
    assert TAG.fullmatch(_only(channel, "language")), "the language of the channel"
    _rfc822(_only(channel, "lastBuildDate"))
    own = [link.get("href") or "" for link in channel.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert len(own) == 1, "the channel says its own address"
    _address(own[0])
    ids = []
    for item in channel.findall("item"):
        assert item.findtext("title") or item.findtext("description"), "an item has a title or a description"
        _address(_only(item, "link"))
        guid = item.find("guid")
        assert guid is not None and guid.text, "an item has a guid"
        assert guid.get("isPermaLink") == "false" or urlsplit(guid.text).scheme in ("http", "https"), "isPermaLink"
        _rfc822(_only(item, "pubDate"))
        ids.append(guid.text)
    return _once(ids)


def atom_ids(text: bytes) -> list[str]:
    """Checks an Atom document."""
    feed = ElementTree.fromstring(text)
    assert feed.tag == f"{ATOM}feed", "the root is a feed of Atom"
    _absolute(_only(feed, f"{ATOM}id"))
    assert _only(feed, f"{ATOM}title").strip(), "a feed has one title"
    updated = _moment(_only(feed, f"{ATOM}updated"))
    rels = [link.get("rel", "alternate") for link in feed.findall(f"{ATOM}link")]
    assert rels.count("self") == 1, "a feed says its own address once"
    assert rels.count("alternate") <= 1, "one alternate of a type and language"
    has_author = any((each.findtext(f"{ATOM}name") or "").strip() for each in feed.findall(f"{ATOM}author"))
    ids = []
    for entry in feed.findall(f"{ATOM}entry"):
        identifier = _only(entry, f"{ATOM}id")
        _absolute(identifier)
        ids.append(identifier)
        assert _only(entry, f"{ATOM}title").strip(), "an entry has one title"
        moved = _moment(_only(entry, f"{ATOM}updated"))
        assert moved <= updated, "a feed is as new as its newest entry"
        for published in entry.findall(f"{ATOM}published"):
            assert _moment(published.text or "") <= moved, "an entry is not updated before it was published"
        assert has_author or entry.find(f"{ATOM}author") is not None, "an author, of the entry or of the feed"
        content, links = entry.findall(f"{ATOM}content"), entry.findall(f"{ATOM}link")
        assert len(content) <= 1 and len(entry.findall(f"{ATOM}summary")) <= 1
        for link in links:
            _address(link.get("href") or "")
        assert content or any(link.get("rel", "alternate") == "alternate" for link in links), "content, or an address"
        for each in (*content, *entry.findall(f"{ATOM}summary")):
            assert each.get("type", "text") in ("text", "html", "xhtml"), "the type of a text"
        for category in entry.findall(f"{ATOM}category"):
            assert category.get("term"), "a category has a term"
    return _once(ids)


def json_ids(text: bytes) -> list[str]:
    """Checks a JSON Feed document."""
    feed: dict[str, Any] = json.loads(text.decode())
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert isinstance(feed["title"], str) and feed["title"], "a feed has a title"
    for name in ("home_page_url", "feed_url"):
        _address(feed[name])
    assert TAG.fullmatch(feed["language"])
    assert all(set(author) & {"name", "url", "avatar"} for author in feed["authors"]), "an author has something"
    for item in feed["items"]:
        assert isinstance(item["id"], str) and item["id"], "an id is a string"
        assert isinstance(item.get("content_html", item.get("content_text")), str), "an item has a content"
        _address(item["url"])
        assert _moment(item["date_published"]) <= _moment(item["date_modified"])
        assert TAG.fullmatch(item["language"])
        assert all(isinstance(tag, str) for tag in item.get("tags", []))
    return _once([item["id"] for item in feed["items"]])


def calendar_ids(content: bytes) -> list[str]:
    """Checks an iCalendar file."""
    assert content.endswith(b"\r\n") and b"\n" not in content.replace(b"\r\n", b""), "lines end by CRLF"
    assert all(len(line) <= LONGEST_LINE for line in content.split(b"\r\n")), "long lines are folded"
    calendar = Calendar.from_ical(content)
    assert str(calendar["VERSION"]) == "2.0" and str(calendar["PRODID"]), "version and product"
    ids = []
    events: list[Any] = calendar.walk("VEVENT")
    for event in events:
        assert not event.errors, event.errors
        start, end = event["DTSTART"].dt, event["DTEND"].dt
        assert event["DTSTAMP"].dt.tzinfo == UTC or event["DTSTAMP"].dt.utcoffset() == UTC.utcoffset(None), "UTC"
        assert type(start) is type(end) and start < end, "both are dates, or both are moments, in order"
        assert isinstance(start, date) and (not isinstance(start, datetime) or start.tzinfo), "a moment has a zone"
        assert str(event["SUMMARY"]).strip()
        if "URL" in event:
            _address(str(event["URL"]))
        assert str(event.get("STATUS", "CONFIRMED")) in ("TENTATIVE", "CONFIRMED", "CANCELLED")
        ids.append(str(event["UID"]))
    return _once(ids)


def _only(element: ElementTree.Element, name: str) -> str:
    found = element.findall(name)
    assert len(found) == 1, f"{len(found)} {name} in {element.tag}"
    return found[0].text or ""


def _once(ids: list[str]) -> list[str]:
    assert len(ids) == len(set(ids)), "an identifier stands for one entry"
    return ids


def _address(url: str) -> None:
    parts = urlsplit(url)
    assert parts.scheme in ("http", "https") and parts.netloc, f"{url!r} is a whole address"


def _absolute(iri: str) -> None:
    assert re.match(r"[a-z][a-z0-9+.-]*:\S+$", iri), f"{iri!r} is an absolute IRI"


def _rfc822(text: str) -> None:
    assert parsedate_to_datetime(text).tzinfo, f"{text!r} is a date of RFC 822 with a zone"


def _moment(text: str) -> datetime:
    assert MOMENT.fullmatch(text), f"{text!r} is a moment of RFC 3339"
    return datetime.fromisoformat(text)
