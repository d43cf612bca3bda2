"""Messages as they come from the wild, with what each one says: charsets, nesting, quoting, broken headers.

Deterministic for a seed. Used by the tests, and by the measures of `bench`.
"""

import base64
import binascii
import quopri
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.header import Header

FIRST = ["Anne", "Étienne", "Maïté", "Zoé", "François", "Noëlla", "Gérard", "Loïc", "Béatrice", "Jean-René"]
LAST = ["Roy", "Côté", "Lévesque", "Bélanger", "Gagné", "Hébert", "Poirier", "Thériault", "O'Neil", "Nguyễn"]
SUBJECTS = [
    "Collecte des feuilles",
    "Nid-de-poule rue de l'Érable",
    "Permis pour un cabanon?",
    "Question à propos de mon compte de taxes",
    "Lampadaire éteint depuis trois jours",
    "Bac brisé, à remplacer s'il vous plaît",
    "Pothole on Main Street",
    "Réservation d'une salle communautaire pour le 14 février, avec accès à la cuisine et aux chaises pliantes",
    "Déneigement",
    "RE: Où apporter une pile?",
]
_TEXT = """
    bonjour je voudrais savoir quand passe la collecte dans notre rue parce que le bac déborde déjà à côté du garage
    où l'été dernier un camion a brisé la clôture merci de me répondre bientôt ça fait trois fois que j'appelle
    façade maïs naïf œuf cœur côté être forêt hôpital île
"""
WORDS = _TEXT.split()
QUOTED = "Nous avons bien reçu votre demande. Un technicien passera cette semaine."
SIGNATURES = ["", "\n\nMerci,\n{name}", "\n\n-- \n{name}\n450 555-0142", "\n\nEnvoyé de mon iPhone"]
PNG = base64.b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


@dataclass
class Wild:
    """A message: its bytes, and the subject, sender and words that it holds."""

    raw: bytes
    subject: str
    sender: str
    words: str
    quotes: bool


@dataclass
class _Part:
    """A MIME part in the making."""

    headers: list[bytes]
    body: bytes
    kind: str = field(default="text/plain")


def wild_messages(count: int, seed: int = 311) -> Iterator[Wild]:
    """That many messages, each different."""
    rng = random.Random(seed)
    for rank in range(count):
        yield _message(rng, rank)


def _message(rng: random.Random, rank: int) -> Wild:
    name = f"{rng.choice(FIRST)} {rng.choice(LAST)}"
    address = f"citoyen{rank}@exemple.test"
    subject, words = rng.choice(SUBJECTS), " ".join(rng.choices(WORDS, k=rng.randint(4, 120)))
    newline = rng.choice([b"\r\n", b"\r\n", b"\n"])
    quotes = rng.random() < 0.35
    text = _with_quotes(rng, words + rng.choice(SIGNATURES).format(name=name)) if quotes else words
    shape = rng.choice(["plain", "plain", "alternative", "html", "mixed", "related", "forwarded", "deep"])
    part = SHAPES[shape](rng, text, rank)
    headers = _headers(rng, name, address, subject, rank)
    lines = [*headers, b"MIME-Version: 1.0", *part.headers]
    if rng.random() < 0.08:
        at = next(at for at, line in enumerate(lines) if not line.startswith((b"Subject", b"From", b"Re")))
        lines.insert(at + 1, b"this line is no header")  # after a subject, nobody could tell it from a lost fold
    if rng.random() < 0.05:
        lines.insert(0, b"From citoyen@exemple.test Mon Nov 23 10:00:00 2026")
    raw = newline.join(lines) + newline * 2 + part.body.replace(b"\r\n", b"\n").replace(b"\n", newline)
    return Wild(raw, subject, address, text, quotes)


def _headers(rng: random.Random, name: str, address: str, subject: str, rank: int) -> list[bytes]:
    sender = rng.choice(["From", "From", "From", "From", "From", "Reply-To", "Return-Path"])
    shown = address.encode() if sender == "Return-Path" else _words(rng, name) + b" <" + address.encode() + b">"
    if sender == "Return-Path":
        shown = b"<" + shown + b">"
    lines = [sender.encode() + b": " + shown, b"To: info@ville.example", b"Subject: " + _words(rng, subject)]
    if rng.random() < 0.9:
        lines.append(b"Message-ID: <%d.%d@exemple.test>" % (rank, rng.randint(0, 10**9)))
    date = rng.choice([b"Mon, 23 Nov 2026 10:00:00 -0500", b"23 Nov 26 10:00 EST", b"yesterday", b""])
    if date:
        lines.append(b"Date: " + date)
    if rng.random() < 0.2:
        lines.append(b"X-Mailer: " + b"x" * rng.randint(10, 1500))
    rng.shuffle(lines)
    return lines


def _words(rng: random.Random, text: str) -> bytes:
    """The words of a header: encoded as they should be, folded, or raw in some charset."""
    way = rng.choice(["b", "q", "header", "raw utf-8", "raw latin"])
    if text.isascii():
        return text.encode()
    if way == "b":
        return b"=?utf-8?B?" + base64.b64encode(text.encode()) + b"?="
    if way == "q":
        encoded = quopri.encodestring(text.encode(), header=True).replace(b"=\n", b"").replace(b"?", b"=3F")
        return b"=?UTF-8?q?" + encoded + b"?="
    if way == "header":
        return Header(text, "utf-8", maxlinelen=60).encode(linesep="\r\n").encode()
    if way == "raw latin" and _fits(text, "cp1252"):
        return text.encode("cp1252")
    return text.encode()


def _fits(text: str, charset: str) -> bool:
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _with_quotes(rng: random.Random, words: str) -> str:
    """A reply above, or below, what it answers, in the ways of several programs."""
    lines = "\n".join(f"> {line}" for line in (QUOTED, "", "La Ville"))
    return rng.choice(
        [
            f"{words}\n\nLe lun. 23 nov. 2026 à 10:00, La Ville <info@ville.example> a écrit :\n{lines}",
            f"{words}\n\nOn Mon, Nov 23, 2026 at 10:00 AM La Ville <info@ville.example> wrote:\n\n{lines}",
            f"{words}\n\n-----Message d'origine-----\nDe : La Ville\nObjet : Reçu\n\n{QUOTED}",
            f"{words}\n\n{'_' * 32}\nDe: La Ville <info@ville.example>\nEnvoyé: lundi\n\n{QUOTED}",
            f"{lines}\n\n{words}",
        ]
    )


def _text(rng: random.Random, text: str, kind: str = "text/plain") -> _Part:
    charset = rng.choice(["utf-8", "utf-8", "iso-8859-1", "windows-1252", "wrong", "unknown", "none"])
    real = {"iso-8859-1": "cp1252", "windows-1252": "cp1252"}.get(charset, "utf-8")
    data = text.encode(real if _fits(text, real) else "utf-8")
    if real == "cp1252" and not _fits(text, real):
        charset = "utf-8"
    declared = {"wrong": "us-ascii", "unknown": "x-mac-inconnu", "none": ""}.get(charset, charset)
    header = f"Content-Type: {kind}" + (f'; charset="{declared}"' if declared else "")
    way = rng.choice(["8bit", "quoted-printable", "base64"])
    if way == "quoted-printable":
        data = quopri.encodestring(data)
    elif way == "base64":
        data = base64.encodebytes(data)
    return _Part([header.encode(), b"Content-Transfer-Encoding: " + way.encode()], data, kind)


def _html(rng: random.Random, text: str, _rank: int = 0) -> _Part:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    paragraphs = "".join(f"<p>{line}</p>" for line in escaped.split("\n"))
    return _text(
        rng, f"<html><head><style>p {{color: red}}</style></head><body>{paragraphs}</body></html>", "text/html"
    )


def _multi(rng: random.Random, kind: str, parts: list[_Part]) -> _Part:
    boundary = b"=_%d" % rng.randint(0, 10**12)
    body = b"".join(
        b"--" + boundary + b"\r\n" + b"\r\n".join(p.headers) + b"\r\n\r\n" + p.body + b"\r\n" for p in parts
    )
    end = b"" if rng.random() < 0.1 else b"--" + boundary + b"--\r\n"  # sometimes cut before its end
    return _Part([b'Content-Type: multipart/%s; boundary="%s"' % (kind.encode(), boundary)], body + end)


def _image(rng: random.Random, rank: int, *, inline: bool) -> _Part:
    name = rng.choice([b'"photo.png"', b"photo %d.png" % rank, b"=?utf-8?Q?caf=C3=A9.png?="])
    headers = [b"Content-Type: image/png; name=" + name, b"Content-Transfer-Encoding: base64"]
    headers.append(b"Content-Disposition: inline" if inline else b"Content-Disposition: attachment; filename=" + name)
    if inline:
        headers.append(b"Content-ID: <image001@exemple>")
    return _Part(headers, binascii.b2a_base64(PNG))


def _forwarded(rng: random.Random, text: str, rank: int) -> _Part:
    inner = b"From: autre@exemple.test\r\nSubject: Ancien\r\nContent-Type: text/plain\r\n\r\nAncien.\r\n"
    return _multi(rng, "mixed", [_text(rng, text), _Part([b"Content-Type: message/rfc822"], inner)])


SHAPES: dict[str, Callable[[random.Random, str, int], _Part]] = {
    "plain": lambda rng, text, rank: _text(rng, text),
    "html": _html,
    "alternative": lambda rng, text, rank: _multi(rng, "alternative", [_text(rng, text), _html(rng, text)]),
    "mixed": lambda rng, text, rank: _multi(rng, "mixed", [_text(rng, text), _image(rng, rank, inline=False)]),
    "related": lambda rng, text, rank: _multi(rng, "related", [_html(rng, text), _image(rng, rank, inline=True)]),
    "forwarded": _forwarded,
    "deep": lambda rng, text, rank: _multi(
        rng, "mixed", [_multi(rng, "alternative", [_text(rng, text), _multi(rng, "related", [_html(rng, text)])])]
    ),
}
