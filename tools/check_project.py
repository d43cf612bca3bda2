"""Checks that code linters do not make: migrations, Django's own checks, templates, static files, translations.

Run by `make lint`. Each fault is printed on its own line; the exit code is 1 when there is one.
"""

import contextlib
import io
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "parvis.config.settings"

import django

django.setup()

import polib  # noqa: E402
from django.contrib.staticfiles import finders  # noqa: E402
from django.core.management import CommandError, call_command  # noqa: E402
from django.template import TemplateDoesNotExist, TemplateSyntaxError  # noqa: E402
from django.template.loader import get_template  # noqa: E402

from parvis.operations.translations import PACKAGE, compile_all, sources  # noqa: E402

STATIC = re.compile(r"""{%\s*static\s+["']([^"'{]+)["']""")
PLACE = re.compile(r"%\((\w+)\)[sd]|%[sd]|{(\w*)}")
TYPOGRAPHY = {
    "a plain space before a colon": re.compile(r"\S :(?=\s|$)"),
    "a space before ? ! or ;": re.compile(r"[ \u00a0\u202f][?!;](?=\s|$)"),
    "guillemets without no-break spaces": re.compile(r"«(?![\u00a0\u202f])|(?<![\u00a0\u202f])»"),
    "a straight apostrophe between letters": re.compile(r"[a-zA-Zà-ÿ]'[a-zA-Zà-ÿ]"),
}


def migrations() -> Iterator[str]:
    """Models that differ from their migrations."""
    output = io.StringIO()
    try:
        call_command("makemigrations", check_changes=True, dry_run=True, stdout=output, stderr=output)
    except SystemExit:
        yield f"migrations are missing:\n{output.getvalue()}"


def django_checks() -> Iterator[str]:
    """Errors and warnings of Django's own checks."""
    try:
        call_command("check", fail_level="WARNING")
    except CommandError as error:
        yield str(error)


def templates() -> Iterator[str]:
    """Templates that do not compile, and missing static files that they name."""
    for path in sorted([*PACKAGE.glob("**/templates/**/*.html"), *PACKAGE.glob("**/templates/**/*.txt")]):
        name = str(path.relative_to(next(p for p in path.parents if p.name == "templates")))
        try:
            get_template(name)
        except (TemplateSyntaxError, TemplateDoesNotExist) as error:
            yield f"{path.relative_to(PACKAGE)}: {error}"
        for name in STATIC.findall(path.read_text()):
            if finders.find(name) is None:
                yield f"{path.relative_to(PACKAGE)}: there is no static file {name}"


def catalogues() -> Iterator[str]:
    """Messages without French, and French with typographic faults."""
    compile_all()
    read = {source.relative_to(PACKAGE): polib.pofile(str(source)) for source in sources()}
    for where, catalogue in read.items():
        yield from _faults(catalogue, where)
    yield from _contradictions(read)
    if not shutil.which("xgettext"):
        print("GNU gettext is not installed: sentences absent from the catalogues are not looked for.")
        return
    groups = [PACKAGE / name for name in ("apps", "surfaces", "operations")]
    for folder in sorted(path for group in [PACKAGE, *groups] for path in group.iterdir() if path not in groups):
        if folder.is_dir() and any(folder.rglob("*.py")):
            yield from _absent(folder)


def _faults(catalogue: polib.POFile, where: Path) -> Iterator[str]:
    for entry in catalogue:
        if entry.obsolete:
            yield f"{where}: no longer used: {entry.msgid!r}"
            continue
        words = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        if entry.fuzzy or not all(words):
            yield f"{where}: to translate: {entry.msgid!r}"
        allowed = _places(entry.msgid) | _places(entry.msgid_plural)
        for text in words:
            if extra := _places(text) - allowed:
                yield f"{where}: {extra} is not in {entry.msgid!r}"
            for fault, pattern in TYPOGRAPHY.items():
                if "/fr/" in str(where) and pattern.search(text):
                    yield f"{where}: {fault}: {text!r}"


def _contradictions(read: Mapping[Path, polib.POFile]) -> Iterator[str]:
    """A message translated in two ways: the first app of the settings would win on the screens of the others."""
    first: dict[tuple[str, str, str], tuple[Path, str]] = {}
    for where, catalogue in read.items():
        for entry in catalogue:
            key = where.parts[-3], entry.msgctxt or "", entry.msgid
            text = "".join(entry.msgstr_plural.values()) or entry.msgstr
            elsewhere, other = first.setdefault(key, (where, text))
            if other != text:
                yield f"{where}: {entry.msgid!r} is otherwise in {elsewhere}: give it a context, or the same words"


def _places(text: str) -> set[str]:
    return {match[0] for match in PLACE.finditer(text or "")}


def _absent(app: Path) -> Iterator[str]:
    """Messages of the code missing from its catalogue, detected with GNU gettext on a copy."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / app.name
        shutil.copytree(app, copy, ignore=shutil.ignore_patterns("*.mo", "__pycache__", "static", "icons"))
        (copy / "locale").mkdir(exist_ok=True)
        try:
            with contextlib.chdir(copy):
                call_command("makemessages", locale=["fr"], no_obsolete=True, no_wrap=True, verbosity=0)
        except CommandError as error:
            yield f"{app.name}: {error}"
        completed = copy / "locale/fr/LC_MESSAGES/django.po"
        if completed.exists():
            known = {(e.msgctxt, e.msgid) for e in polib.pofile(str(_source(app)))} if _source(app).exists() else set()
            for entry in polib.pofile(str(completed)):
                if (entry.msgctxt, entry.msgid) not in known:
                    yield f"{app.name}: not in the catalogue: {entry.msgid!r} ({_where(entry)})"


def _source(app: Path) -> Path:
    return app / "locale/fr/LC_MESSAGES/django.po"


def _where(entry: polib.POEntry) -> str:
    return ", ".join(f"{file}:{line}" for file, line in entry.occurrences[:2])


def main() -> int:
    """Runs every check; returns 1 when one fails."""
    faults = [fault for check in (django_checks, migrations, templates, catalogues) for fault in check()]
    for fault in faults:
        print(fault)
    print(f"Migrations, templates, static files, translations: {len(faults) or 'no'} fault{'s' * (len(faults) > 1)}.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
