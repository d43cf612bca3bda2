"""What a page weighs before its images, found as a browser would: its HTML, stylesheets, scripts and fonts.

Bytes are those sent to a browser that takes compressed answers. A font counts when the page has a character of its
range. Whatever else the page would load from another host is named.
"""

import re
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from gzip import decompress
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from bench.processes import Failed

STAFF = ("/staff", "/desk", "/edition", "/dev", "/static", "/healthz", "/readyz")
MOST_PAGES = 60
MOST_OF_A_KIND = 6
LOADING = {
    "stylesheet",
    "preload",
    "modulepreload",
    "icon",
    "manifest",
    "apple-touch-icon",
    "preconnect",
    "dns-prefetch",
}
WEIGHED = {"stylesheet", "preload", "modulepreload", "manifest"}
_URL = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)""")
_IMPORT = re.compile(r"""@import\s+(?:url\()?["']([^"']+)["']""")
_FACE = re.compile(r"@font-face\s*\{([^}]*)\}")
_RANGES = re.compile(r"unicode-range:([^;}]*)", re.IGNORECASE)
_RANGE = re.compile(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?", re.IGNORECASE)
_PICTURE = re.compile(r"\.(png|jpe?g|webp|avif|gif|svg|ico)$")


@dataclass
class Page:
    """One page: what each of its parts weighs in bytes, what it loads from elsewhere, where it leads."""

    path: str
    parts: dict[str, int] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)
    leads_to: list[str] = field(default_factory=list)

    @property
    def kilobytes(self) -> float:
        """The whole, in thousands of bytes."""
        return round(sum(self.parts.values()) / 1000, 1)


class _Reader(HTMLParser):
    """Gathers what a page loads (`loads`: address, whether it is weighed), its links and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[tuple[str, bool]] = []
        self.links: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes the addresses of the tag."""
        given = {name: value or "" for name, value in attrs}
        rel = set(given.get("rel", "").lower().split())
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and rel & LOADING:
            self.loads.append((given.get("href", ""), bool(rel & WEIGHED) and given.get("as") != "image"))
        elif "src" in given:
            self.loads.append((given["src"], tag == "script"))
        for each in given.get("srcset", "").split(","):
            if each.strip():
                self.loads.append((each.split()[0], False))
        self.loads += [(address, False) for address in _URL.findall(given.get("style", ""))]

    def handle_data(self, data: str) -> None:
        """Keeps the text: its characters say which fonts are needed."""
        self.text.append(data)


@cache
def fetch(url: str) -> tuple[int, str]:
    """How many bytes are sent for that address, and the text they hold ("" when binary)."""
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip", "X-Forwarded-For": "198.51.100.99"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        body = answer.read()
        raw = decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body
        textual = answer.headers.get_content_type().startswith(("text/", "application/json", "application/javascript"))
        return len(body), raw.decode() if textual else ""


def visit(site: str, start: Iterable[str]) -> list[Page]:
    """Weighs these pages and those they lead to, a few of each kind, as far as a citizen goes."""
    waiting = list(start)
    first, seen, kinds = set(waiting), set(waiting), dict[str, int]()
    pages: list[Page] = []
    while waiting and len(pages) < MOST_PAGES:
        path = waiting.pop(0)
        page = weigh(site, path)
        if page is None and path in first:
            raise Failed(f"{path} is not a page")
        if page is None:
            continue
        pages.append(page)
        for path in page.leads_to:
            kind = path.split("?")[0].strip("/").partition("/")[0]
            if path not in seen and kinds.get(kind, 0) < MOST_OF_A_KIND and not path.startswith(STAFF):
                seen.add(path)
                kinds[kind] = kinds.get(kind, 0) + 1
                waiting.append(path)
    return pages


def weigh(site: str, path: str) -> Page | None:
    """One page with what it loads; None when it is not a page."""
    try:
        size, html = fetch(site + path)
    except urllib.error.HTTPError:
        return None
    if "<html" not in html:
        return None
    reader, page = _Reader(), Page(path, {"html": size})
    reader.feed(html)
    characters = set("".join(reader.text))
    for address, weighed in reader.loads:
        _load(page, site, urljoin(site + path, address), weighed, characters)
    inside = (urljoin(site + path, link) for link in reader.links)
    page.leads_to = [item.removeprefix(site).partition("#")[0] for item in inside if item.startswith(f"{site}/")]
    return page


def _load(page: Page, site: str, url: str, weighed: bool, characters: set[str]) -> None:
    if urlsplit(url).scheme not in ("http", "https"):
        return
    if not url.startswith(f"{site}/"):
        page.elsewhere.add(urlsplit(url).netloc)
    elif weighed and url not in page.parts:
        page.parts[url], text = fetch(url)
        if urlsplit(url).path.endswith(".css"):
            for each, counts in _loaded_by(text, characters):
                _load(page, site, urljoin(url, each), counts, characters)
        elif urlsplit(url).path.endswith((".js", ".mjs")):
            for each in re.findall(r"""(?:\bfrom|^import)\s*["'](\.?\.?/[^"']+)["']""", text, re.MULTILINE):
                _load(page, site, urljoin(url, each), True, characters)


def _loaded_by(css: str, characters: set[str]) -> Iterator[tuple[str, bool]]:
    """The addresses in a stylesheet, each with whether it is weighed: other sheets, and the fonts that are needed."""
    for address in _IMPORT.findall(css):
        yield address, True
    for face in _FACE.findall(css):
        for address in _URL.findall(face):
            yield address, _needed(face, characters)
    for address in _URL.findall(_FACE.sub("", css)):
        yield address, not _PICTURE.search(address) and not address.startswith("data:")


def _needed(face: str, characters: set[str]) -> bool:
    stated = _RANGES.search(face)
    if stated is None:
        return True
    ranges = [(int(low, 16), int(high or low, 16)) for low, high in _RANGE.findall(stated[1])]
    return any(low <= ord(character) <= high for character in characters for low, high in ranges)
