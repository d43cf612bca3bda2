"""Pages without the blanks that nobody sees, so that a test looks for words and tags however a template is laid out."""

import re

BLANKS = r"[ \t\r\n\f]*"
KEPT = re.compile(r"(<(textarea|pre)\b.*?</\2>)", re.DOTALL)
TAG = re.compile(r"<[a-z/](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
BLOCKS = (
    "address|article|aside|blockquote|body|button|caption|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer"
    "|form|h[1-6]|head|header|hr|html|legend|li|link|main|meta|nav|ol|option|p|script|section|select|summary|table|tbody"
    "|td|text|tfoot|th|thead|title|tr|ul"
)
AROUND = re.compile(rf"{BLANKS}(</?(?:{BLOCKS})\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>){BLANKS}")


def compact(html: str) -> str:
    """The same page: a line break is a space where a browser shows one, and nothing where it shows none."""
    return "".join(_compact(piece) for piece in _pieces(html)).strip()


def _pieces(html: str) -> list[str]:
    result = KEPT.split(html)
    return [piece for at, piece in enumerate(result) if at % 3 != 2]


def _compact(piece: str) -> str:
    if KEPT.fullmatch(piece):
        return piece
    piece = TAG.sub(lambda tag: re.sub(r"[ \t\r\n\f]+", " ", tag[0]).replace(" >", ">"), piece)
    return re.sub(rf"{BLANKS}\n{BLANKS}", " ", AROUND.sub(r"\1", piece))
