"""The catalogues: every sentence of the code is in them, in French, with the typography of Québec."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

import polib
from django.utils.translation.template import templatize

from tools.checks.tree import Fault, Tree, rule

GROUPS = ("apps", "surfaces", "operations")  # each folder in them has its catalogue, as each other folder of parvis has
NOT_READ = ("/static/", "/icons/")
PLACE = re.compile(r"%\((\w+)\)[sd]|%[sd]|{(\w*)}")
CALL = re.compile(r"\b(?:n?p?gettext|_)\(")
TYPOGRAPHY = {
    "a plain space before a colon": re.compile(r"\S :(?=\s|$)"),
    "a space before ? ! or ;": re.compile(r"[ \u00a0\u202f][?!;](?=\s|$)"),
    "guillemets without no-break spaces": re.compile(r"«(?![\u00a0\u202f])|(?<![\u00a0\u202f])»"),
    "a straight apostrophe between letters": re.compile(r"\w'\w"),
}


@dataclass(frozen=True)
class Message:
    """A sentence of the code: its context and its plural, empty when there is none, and where it stands."""

    context: str
    words: str
    plural: str
    path: str
    line: int


def texts(entry: polib.POEntry) -> list[str]:
    """What an entry says in its language, plurals included."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def faults_of_typography(text: str) -> Iterator[tuple[int, str]]:
    """Each place where a French text departs from the typography of Québec, and how."""
    for fault, pattern in TYPOGRAPHY.items():
        for found in pattern.finditer(text):
            yield found.start(), fault


@rule
def every_message_is_translated(tree: Tree) -> Iterator[Fault]:
    """No entry of a catalogue is empty, fuzzy, twice there, or no longer used."""
    for catalogue in tree.catalogues():
        known = set()
        for entry in catalogue.entries:
            if entry.obsolete:
                yield catalogue.fault(entry.linenum, f"no longer used: {entry.msgid!r}")
            elif entry.fuzzy or not all(texts(entry)):
                yield catalogue.fault(entry.linenum, f"to translate: {entry.msgid!r}")
            elif (key := (entry.msgctxt, entry.msgid)) in known:
                yield catalogue.fault(entry.linenum, f"twice in the catalogue: {entry.msgid!r}")
            else:
                known.add(key)


@rule
def a_translation_has_only_the_places_of_its_message(tree: Tree) -> Iterator[Fault]:
    """A `%(name)s` of the French is one of the message."""
    for catalogue in tree.catalogues():
        for entry in catalogue.entries:
            allowed = _places(entry.msgid) | _places(entry.msgid_plural)
            for text in texts(entry):
                if extra := _places(text) - allowed:
                    yield catalogue.fault(entry.linenum, f"{', '.join(sorted(extra))} is not in {entry.msgid!r}")


def _places(text: str) -> set[str]:
    return {match[0] for match in PLACE.finditer(text or "")}


@rule
def a_translation_has_the_typography_of_quebec(tree: Tree) -> Iterator[Fault]:
    """No-break spaces before a colon and inside guillemets, none before ? ! and ;, and curved apostrophes."""
    for catalogue in tree.catalogues():
        for entry in catalogue.entries if catalogue.is_french else ():
            for text in texts(entry):
                for _place, fault in faults_of_typography(text):
                    yield catalogue.fault(entry.linenum, f"{fault}: {text!r}")


@rule
def a_message_is_translated_in_one_way(tree: Tree) -> Iterator[Fault]:
    """The first app of the settings would win on the screens of the others."""
    first: dict[tuple[str, str, str], tuple[str, str]] = {}
    for catalogue in tree.catalogues():
        for entry in catalogue.entries:
            text = "".join(entry.msgstr_plural.values()) or entry.msgstr
            key = catalogue.path.split("/")[-3], entry.msgctxt or "", entry.msgid
            where, other = first.setdefault(key, (catalogue.path, text))
            if other != text:
                words = f"{entry.msgid!r} is otherwise in {where}: give it a context, or the same words"
                yield catalogue.fault(entry.linenum, words)


@rule
def every_message_of_the_code_is_in_its_catalogue(tree: Tree) -> Iterator[Fault]:
    """What code and templates give to gettext is in the catalogue of their folder, with the same plural."""
    known: dict[str, dict[tuple[str, str], str]] = {}
    for catalogue in tree.catalogues():
        if catalogue.is_french:
            plurals = {(entry.msgctxt or "", entry.msgid): entry.msgid_plural for entry in catalogue.entries}
            known[catalogue.path.split("/locale/")[0]] = plurals
    for message in messages(tree):
        held = known.get(folder_of(message.path), {}).get((message.context, message.words))
        if held is None:
            yield Fault(message.path, message.line, f"not in the catalogue: {message.words!r}")
        elif message.plural and held != message.plural:
            yield Fault(message.path, message.line, f"another plural in the catalogue: {message.words!r}")


def folder_of(path: str) -> str:
    """The folder whose catalogue holds the messages of a file: src/parvis/apps/cases, src/parvis/ui."""
    parts = path.split("/")
    return "/".join(parts[: 4 if parts[2] in GROUPS else 3])


def messages(tree: Tree) -> Iterator[Message]:
    """The messages of every file that belongs to a folder with a catalogue, or that should."""
    for path in tree.find("src/parvis", ".py", ".html", ".txt"):
        if any(part in path for part in NOT_READ) or path == folder_of(path):
            continue
        if path.endswith(".py"):
            for call in tree.module(path).every(ast.Call):
                yield from message_of(call, path, call.lineno)
        else:
            yield from _messages_of_template(tree.file(path).text, path)


def _messages_of_template(text: str, path: str) -> Iterator[Message]:
    """Django rewrites a template as calls of gettext, among letters X in the place of all else."""
    if "trans" not in text and "_(" not in text:
        return
    try:
        written = templatize(text)
    except SyntaxError:
        return  # it does not compile either
    for found in CALL.finditer(written):
        end = found.end()
        while end := written.find(")", end) + 1:
            try:
                call = ast.parse(written[found.start() : end], mode="eval").body
            except SyntaxError:
                continue
            if isinstance(call, ast.Call):
                yield from message_of(call, path, written.count("\n", 0, found.start()) + 1)
            break


def message_of(call: ast.Call, path: str, line: int) -> Iterator[Message]:
    """The message of a call of gettext or of one of its kin; nothing for other calls, or when it is no constant."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    kind = name.removesuffix("_lazy").removesuffix("_noop")
    wanted = {"_": "m", "gettext": "m", "ngettext": "mp", "pgettext": "cm", "npgettext": "cmp"}.get(kind, "")
    values = [one.value for one in call.args[: len(wanted)] if isinstance(one, ast.Constant)]
    given = [value for value in values if isinstance(value, str)]
    if wanted and len(given) == len(wanted):
        part = dict(zip(wanted, given, strict=False))
        yield Message(part.get("c", ""), part["m"], part.get("p", ""), path, line)
