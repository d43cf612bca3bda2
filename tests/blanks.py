"""Whitespace normalisation of HTML, so that tests do not depend on the layout of templates."""

import re

BLANKS = r"[ \t\r\n\f]*"
VERBATIM = re.compile(r"(<(textarea|pre)\b.*?</\2>)", re.DOTALL)
TAG = re.compile(r"<[a-z/](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
BLOCKS = (
    "address|article|aside|blockquote|body|button|caption|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer"
    "|form|h[1-6]|head|header|hr|html|legend|li|link|main|meta|nav|ol|option|p|script|section|select|summary|table|tbody"
    "|td|text|tfoot|th|thead|title|tr|ul"
)
AROUND = re.compile(rf"{BLANKS}(</?(?:{BLOCKS})\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>){BLANKS}")


def compact(html: str) -> str:
    """The same page, with line breaks replaced by a space where a browser shows one, and removed elsewhere."""
    return "".join(_compact(piece) for piece in _pieces(html)).strip()


def _pieces(html: str) -> list[str]:
    pieces = VERBATIM.split(html)
    return [piece for index, piece in enumerate(pieces) if index % 3 != 2]


def _compact(piece: str) -> str:
    if VERBATIM.fullmatch(piece):
        return piece
    piece = TAG.sub(lambda tag: re.sub(r"[ \t\r\n\f]+", " ", tag[0]).replace(" >", ">"), piece)
    return re.sub(rf"{BLANKS}\n{BLANKS}", " ", AROUND.sub(r"\1", piece))
