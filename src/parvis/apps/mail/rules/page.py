"""The HTML of a message made safe to show: no script, nothing loaded from elsewhere, links that say where they go."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import nh3

MOST_LINKS = 200
_TAGS = {
    *("a", "abbr", "address", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite", "code"),
    *("col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "h1", "h2", "h3"),
    *("h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small"),
    *("span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul"),
    *("var", "wbr"),
}
_WITH_CONTENT = {
    *("applet", "audio", "embed", "frame", "frameset", "head", "iframe", "math", "noframes", "noscript", "object"),
    *("script", "style", "svg", "template", "title", "video"),
}
_ATTRIBUTES = {
    "*": {"align", "dir", "lang", "style", "valign"},
    "a": {"href"},
    "font": {"color", "face", "size"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"start", "type"},
    "table": {"bgcolor", "border", "cellpadding", "cellspacing", "width"},
    "td": {"bgcolor", "colspan", "height", "rowspan", "width"},
    "th": {"bgcolor", "colspan", "height", "rowspan", "scope", "width"},
    "tr": {"bgcolor"},
}
_STYLES = {
    *("background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left", "border-radius"),
    *("border-right", "border-spacing", "border-style", "border-top", "border-width", "color", "direction", "font"),
    *("font-family", "font-size", "font-style", "font-variant", "font-weight", "height", "letter-spacing"),
    *("line-height", "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top"),
    *("max-width", "min-width", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top"),
    *("text-align", "text-decoration", "text-indent", "text-transform", "vertical-align", "white-space", "width"),
    *("word-break", "word-wrap"),
}
MOST_SHOWN = 40_000_000  # characters of pictures in one page
_SCHEMES = ("http", "https", "mailto", "tel")
_LOADS = re.compile(r"url|image|src|import|expression|[\\@<]", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,", re.IGNORECASE)
_OTHERS = r'(?:\s[\w-]+="[^"]*")*?'
_LINK = re.compile(rf'<a{_OTHERS}\shref="([^"]*)"{_OTHERS}>(.*?)</a>', re.DOTALL)
_HREF = re.compile(r"<a\s[^<>]*\bhref\b", re.IGNORECASE)


@dataclass(frozen=True)
class Page:
    """A message as it was written. `held_back` counts the images of other sites, which are never loaded."""

    html: str
    held_back: int


def links_in(source: str) -> int:
    """The number of links of an HTML body, as it came."""
    return len(_HREF.findall(source))


def page(source: str, pictures: Mapping[str, str]) -> Page:
    """The HTML of a message without anything that a browser runs or fetches.

    `pictures` are the data: addresses of the files kept with the message, by Content-ID. The host of each link follows
    its words unless they name it.
    """
    held_back, left = 0, MOST_SHOWN

    def keep(tag: str, name: str, value: str) -> str | None:
        nonlocal held_back, left
        if name == "style":
            return ";".join(style for style in value.split(";") if not _LOADS.search(style))
        if tag == "img" and name == "src":
            shown = _picture(value.strip(), pictures)
            left -= len(shown or "")
            if left < 0:  # one picture shown a thousand times
                held_back += 1
                return None
            held_back += shown is None and not value.strip().lower().startswith(("cid:", "data:"))
            return shown
        if name == "href":
            return value if value.strip().lower().startswith(tuple(f"{scheme}:" for scheme in _SCHEMES)) else None
        return value

    cleaned = nh3.clean(
        source,
        tags=_TAGS,
        clean_content_tags=_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        filter_style_properties=_STYLES,
        url_schemes={*_SCHEMES, "cid", "data"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return Page(_LINK.sub(_with_host, cleaned), held_back)


def _picture(value: str, pictures: Mapping[str, str]) -> str | None:
    if value.lower().startswith("cid:"):
        return pictures.get(value[4:].strip("<> "))
    return value if _PICTURE.match(value) else None


def _with_host(match: re.Match[str]) -> str:
    """The link, then where it goes: the host, in ASCII so that letters of another alphabet show."""
    address = html.unescape(match[1]).strip()
    if address.lower().startswith(("mailto:", "tel:")):
        where = address.partition(":")[2].partition("?")[0]
    else:
        try:
            where = (urlsplit(address).hostname or "").encode("idna").decode()
        except ValueError:  # not an address, or no host name
            where = ""
    words = html.unescape(re.sub(r"<[^>]*>", "", match[2])).strip().lower()
    named = words.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
    if where and named in (where.lower(), where.lower().removeprefix("www.")):
        return match[0]
    return f"{match[0]} <small>[{html.escape(where or '?')}]</small>"
