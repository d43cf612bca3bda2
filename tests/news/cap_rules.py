"""The rules of the CAP 1.2 schema (OASIS, July 2010, section 3.4), for one message: names, order, number, words."""

import re
from datetime import datetime
from xml.etree import ElementTree

Rules = dict[str, tuple[int, int | None]]
CAP = "urn:oasis:names:tc:emergency:cap:1.2"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
# name: (least, most) in the order of the schema; most None: no limit.
ALERT: Rules = {
    "identifier": (1, 1), "sender": (1, 1), "sent": (1, 1), "status": (1, 1), "msgType": (1, 1), "source": (0, 1),
    "scope": (1, 1), "restriction": (0, 1), "addresses": (0, 1), "code": (0, None), "note": (0, 1),
    "references": (0, 1), "incidents": (0, 1), "info": (0, None),
}  # fmt: skip
INFO: Rules = {
    "language": (0, 1), "category": (1, None), "event": (1, 1), "responseType": (0, None), "urgency": (1, 1),
    "severity": (1, 1), "certainty": (1, 1), "audience": (0, 1), "eventCode": (0, None), "effective": (0, 1),
    "onset": (0, 1), "expires": (0, 1), "senderName": (0, 1), "headline": (0, 1), "description": (0, 1),
    "instruction": (0, 1), "web": (0, 1), "contact": (0, 1), "parameter": (0, None), "resource": (0, None),
    "area": (0, None),
}  # fmt: skip
AREA: Rules = {
    "areaDesc": (1, 1), "polygon": (0, None), "circle": (0, None), "geocode": (0, None), "altitude": (0, 1),
    "ceiling": (0, 1),
}  # fmt: skip
PAIR: Rules = {"valueName": (1, 1), "value": (1, 1)}
RESOURCE: Rules = {
    "resourceDesc": (1, 1), "mimeType": (1, 1), "size": (0, 1), "uri": (0, 1), "derefUri": (0, 1), "digest": (0, 1),
}  # fmt: skip
WORDS = {
    "status": {"Actual", "Exercise", "System", "Test", "Draft"},
    "msgType": {"Alert", "Update", "Cancel", "Ack", "Error"},
    "scope": {"Public", "Restricted", "Private"},
    "category": {
        *("Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other")
    },
    "urgency": {"Immediate", "Expected", "Future", "Past", "Unknown"},
    "severity": {"Extreme", "Severe", "Moderate", "Minor", "Unknown"},
    "certainty": {"Observed", "Likely", "Possible", "Unlikely", "Unknown"},
    "responseType": {
        *("Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"),
    },
}
CHILDREN: dict[str, Rules] = {
    "info": INFO, "area": AREA, "resource": RESOURCE, "eventCode": PAIR, "geocode": PAIR, "parameter": PAIR,
}  # fmt: skip
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")  # RFC 3066, as CAP-CP writes it
SGC = re.compile(r"\d{2}|\d{4}|\d{7}")  # a province, a census division, a census subdivision
PAIRED = {"eventCode": "profile:CAP-CP:Event:", "geocode": "profile:CAP-CP:Location:"}


def name_of(element: ElementTree.Element) -> str:
    return element.tag.removeprefix(f"{{{CAP}}}")


def texts(element: ElementTree.Element, path: str) -> list[str]:
    """The texts at a path of names."""
    return [each.text or "" for each in element.findall("/".join(f"{{{CAP}}}{name}" for name in path.split("/")))]


def checked(xml: str) -> ElementTree.Element:
    """The `alert` element of a message; AssertionError, naming the rule, when it breaks one."""
    root = ElementTree.fromstring(xml.encode())
    assert root.tag == f"{{{CAP}}}alert", "the root is an alert of CAP 1.2"
    _check(root, ALERT)
    for name in ("identifier", "sender"):
        assert not re.search(r"[\s,<&]", texts(root, name)[0]), f"{name} without spaces, commas, < or &"
    for reference in " ".join(texts(root, "references")).split():
        sender, identifier, sent = reference.split(",")
        assert sender and identifier and MOMENT.fullmatch(sent), "references are sender,identifier,sent"
    if texts(root, "msgType")[0] in ("Update", "Cancel"):
        assert texts(root, "references"), "an Update and a Cancel refer to earlier messages"
    _check_alert(root)
    return root


def _check_alert(root: ElementTree.Element) -> None:
    """What the schema cannot say, of the whole message."""
    scope, sent = texts(root, "scope")[0], datetime.fromisoformat(texts(root, "sent")[0])
    assert bool(texts(root, "restriction")) == (scope == "Restricted"), "a restriction when restricted, else none"
    assert bool(texts(root, "addresses")) == (scope == "Private"), "addresses when private, else none"
    if texts(root, "status")[0] == "Exercise":
        assert texts(root, "note"), "an exercise is named in the note"
    own = f"{texts(root, 'sender')[0]},{texts(root, 'identifier')[0]},"
    references = " ".join(texts(root, "references")).split()
    assert len(references) == len(set(references)), "an earlier message is referred to once"
    assert not any(each.startswith(own) for each in references), "a message does not refer to itself"
    assert all(datetime.fromisoformat(each.rsplit(",", 1)[1]) <= sent for each in references), "only to earlier ones"
    infos = root.findall(f"{{{CAP}}}info")
    assert infos and all(texts(info, "language") for info in infos), "CAP-CP: an info says its language"
    assert len({texts(info, "language")[0] for info in infos}) == len(infos), "one info a language"
    for name in ("category", "urgency", "severity", "certainty", "expires", "eventCode/value", "area/areaDesc"):
        assert len({tuple(texts(info, name)) for info in infos}) == 1, f"{name} is the same in every language"
    for info in infos:
        _check_info(info, sent)


def _check_info(info: ElementTree.Element, sent: datetime) -> None:
    assert texts(info, "area/areaDesc"), "CAP-CP: an info has an area"
    assert datetime.fromisoformat(texts(info, "expires")[0]) > sent, "it lapses after it was sent"
    for name, profile in PAIRED.items():
        for pair in info.iter(f"{{{CAP}}}{name}"):
            assert texts(pair, "valueName")[0].startswith(profile), f"the list of the {name}"
    for value in texts(info, "area/geocode/value"):
        assert SGC.fullmatch(value), f"{value} is no SGC code"
    for address in texts(info, "web"):
        assert re.match(r"https?://\S+$", address), "web is a whole address"


def _check(element: ElementTree.Element, rules: Rules) -> None:
    names = [name_of(child) for child in element]
    order = list(rules)
    assert set(names) <= set(order), f"unknown elements: {set(names) - set(order)}"
    assert names == sorted(names, key=order.index), f"the order of {name_of(element)}"
    for name, (least, most) in rules.items():
        count = names.count(name)
        assert least <= count and (most is None or count <= most), f"{count} {name}"
    for child in element:
        _check_value(child)


def _check_value(element: ElementTree.Element) -> None:
    name, text = name_of(element), element.text or ""
    if name in CHILDREN:
        _check(element, CHILDREN[name])
    elif name in WORDS:
        assert text in WORDS[name], f"{text} is no {name}"
    elif name in ("sent", "effective", "onset", "expires"):
        assert MOMENT.fullmatch(text) and datetime.fromisoformat(text), f"{name} has an offset, and is never in Z"
    elif name == "language":
        assert LANGUAGE.fullmatch(text), f"{text} is no language"
    elif name == "circle":
        centre, radius = text.split()
        assert len(centre.split(",")) == 2 and float(radius) >= 0, "a circle is a point and kilometres"
    elif name == "polygon":
        points = text.split()
        assert len(points) >= 4 and points[0] == points[-1], "a polygon is closed, with four points at least"
        for latitude, longitude in (map(float, point.split(",")) for point in points):
            assert -90 <= latitude <= 90 and -180 <= longitude <= 180
    else:
        assert text.strip(), f"{name} is not empty"
