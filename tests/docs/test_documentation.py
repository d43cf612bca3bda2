"""What the pages say exists: links, commands, settings, dependencies; the README is the same in both languages."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from django.apps import apps

from parvis.cli.commands import COMMANDS
from parvis.config.environment import ENVIRONMENT
from parvis.surfaces.desk.case.gestures import GESTURES

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"```[\s\S]*?```|`[^`\n]+`|^    .*$", re.MULTILINE)
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)


def pages() -> list[Path]:
    """Every Markdown page that is part of the project (the answers of a town are data, not pages)."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    result = [ROOT / line for line in listed.stdout.splitlines()]
    return sorted(page for page in result if page.exists() and page.parent.name != "answers")


def code(page: Path) -> str:
    """What a page shows as code: blocks, indented lines, words between backquotes."""
    return "\n".join(CODE.findall(page.read_text()))


def anchors(page: Path) -> set[str]:
    """The names by which the headings of a page may be reached."""
    headings = [text for _level, text in HEADING.findall(page.read_text())]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> Iterator[str]:
    for link in LINK.findall(CODE.sub("", page.read_text())):
        path, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        target = (page.parent / unquote(path)).resolve() if path else page
        if not target.exists():
            yield link
        elif anchor and anchor not in anchors(target):
            yield f"{link} (no such heading)"


def commands(text: str, program: str) -> set[str]:
    """The words that follow a program's name in code: {"setup", "run"} for make."""
    start = r"(?:^|[`\s/;&|])"
    return set(re.findall(rf"{start}{program} ([a-z][a-z-]*)", text, re.MULTILINE))


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert list(broken_links(page)) == []


def test_every_dependency_says_why_it_is_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"].values()
    wanted = project["project"]["dependencies"] + [line for group in groups for line in group if isinstance(line, str)]
    named = {re.split(r"[\[<>=~! ]", line)[0].lower() for line in wanted}
    page = (ROOT / "docs/build/dependencies.md").read_text()
    told = set(re.findall(r"^\| `([^`]+)` \| [^|]{5,}", page, re.MULTILINE))
    vendored = (ROOT / "src/parvis/ui/static/ui/vendor/VENDORED.md").read_text()
    packages = set(re.findall(r"^\| \S+ \| ([^\s,|]+)", vendored, re.MULTILINE)) - {"Package", "---", "same"}
    assert told == named | packages


def test_the_targets_of_make_that_the_pages_name_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {target for page in pages() for target in commands(code(page), "make")}
    assert {"run", "setup", "test"} <= named
    assert named <= targets


def test_the_commands_that_the_pages_name_exist() -> None:
    named = {command for page in pages() for command in commands(code(page), "parvis")}
    assert {"load-town", "verify-journal"} <= named
    assert named <= set(COMMANDS)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_settings_that_a_page_names_exist(page: Path) -> None:
    named = set(re.findall(r"\bPARVIS_[A-Z_]*[A-Z]\b", page.read_text()))
    assert named <= set(ENVIRONMENT)


def test_the_modules_that_the_pages_for_builders_name_exist() -> None:
    missing = []
    for page in [*ROOT.glob("docs/**/*.md"), ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]:
        text = re.sub(r"a\s+new\s+file\s+`[^`]+`", "", page.read_text())  # what the reader of a guide creates
        for name in re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", text):
            if not any((place / name).exists() for place in (ROOT, ROOT / "src", ROOT / "src/parvis")):
                missing.append(f"{page.relative_to(ROOT)}: {name}")
    assert missing == []


def test_each_term_of_the_glossary_has_its_model() -> None:
    text = (ROOT / "docs/build/glossary.md").read_text()
    rows = re.findall(r"^\| .+? \| .+? \| .+ \| `(\w+)\.(\w+)` \|$", text, re.MULTILINE)
    models = {(model._meta.app_label, model.__name__) for model in apps.get_models()}
    assert len(rows) == 30
    assert [row for row in rows if row not in models] == []


def test_the_two_readmes_are_twins() -> None:
    english, french = (ROOT / "README.md").read_text(), (ROOT / "README.fr.md").read_text()
    assert [level for level, _ in HEADING.findall(english)] == [level for level, _ in HEADING.findall(french)]
    assert re.findall(r"^    (.+)$", english, re.MULTILINE) == re.findall(r"^    (.+)$", french, re.MULTILINE)
    pictures = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")
    assert pictures.findall(english) == pictures.findall(french)
    assert len(re.findall(r"^\|", english, re.MULTILINE)) == len(re.findall(r"^\|", french, re.MULTILINE))


def test_a_reader_meets_the_two_commands_first() -> None:
    for name in ("README.md", "README.fr.md"):
        lines = [line.strip() for line in (ROOT / name).read_text().splitlines()[1:] if line.strip()]
        assert lines[:3] == ["git clone <this repository> parvis && cd parvis", "make run", "make test"]


def test_the_french_readme_has_the_typography_of_quebec() -> None:
    text = CODE.sub("x", (ROOT / "README.fr.md").read_text())
    assert re.findall(r"\S+ :(?=\s)|\S+ [?!;](?=\s)|«(?!\u00a0)|(?<!\u00a0)»", text) == []


def test_the_pictures_of_the_readme_are_light_and_described() -> None:
    for link in re.findall(r"!\[[^\]]{10,}\]\(([^)]+)\)", (ROOT / "README.md").read_text()):
        assert (ROOT / link).stat().st_size < 200_000, link


def guides() -> list[Path]:
    """The pages for those who use Parvis."""
    return sorted((ROOT / "docs/use").glob("*.md"))


@pytest.mark.parametrize("page", guides(), ids=lambda page: page.name)
def test_a_guide_has_the_typography_of_quebec_and_light_pictures(page: Path) -> None:
    text = CODE.sub("x", page.read_text())
    assert re.findall(r"\S+ :(?=\s)|\S+ [?!;](?=\s)|«(?!\u00a0)|(?<!\u00a0)»|\w'\w", text) == []
    for described, link in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", page.read_text()):
        assert len(described) > 20, link
        assert (page.parent / link).stat().st_size < 200_000, link
    for link in re.findall(r"use-[\w-]+\.webp", page.read_text()):
        assert (ROOT / "docs/pictures" / link).stat().st_size < 150_000, link


def test_the_keys_that_the_guides_name_are_those_of_the_screens() -> None:
    sources = [*ROOT.glob("src/parvis/**/templates/**/*.html"), *ROOT.glob("src/parvis/**/static/**/*.js")]
    held = {key.upper() for path in sources for key in re.findall(r'data-(?:alt-)?key="([^"{]+)"', path.read_text())}
    views = [path.read_text() for path in ROOT.glob("src/parvis/**/*.py")]
    held |= {key.upper() for text in views for key in re.findall(r'"data-key": "([^"]+)"', text)}
    held |= {gesture.key.upper() for gesture in GESTURES} | {"J", "K", "?", *"123456789"}
    named = {key for page in guides() for key in re.findall(r"`(F\d+|[A-Z?+/]|\d)`", page.read_text())}
    assert {"F2", "A", "R", "?"} <= named
    assert named <= held


def test_the_public_description_has_what_the_standard_asks() -> None:
    told = yaml.safe_load((ROOT / "publiccode.yml").read_text())
    assert told["publiccodeYmlVersion"] == "0.4"
    required = {"name", "url", "platforms", "developmentStatus", "softwareType", "description", "legal", "maintenance"}
    assert required | {"localisation"} <= set(told)
    assert told["legal"]["license"] == "AGPL-3.0-or-later"
    assert told["maintenance"]["contacts"]
    assert set(told["localisation"]["availableLanguages"]) == set(told["description"]) == {"fr", "en"}
    for words in told["description"].values():
        assert len(words["shortDescription"]) <= 150
        assert 150 <= len(words["longDescription"]) <= 10_000
        assert words["features"]


def test_every_decision_has_its_four_parts_and_its_line() -> None:
    index = (ROOT / "docs/adr/README.md").read_text()
    decisions = sorted((ROOT / "docs/adr").glob("0*.md"))
    assert len(decisions) >= 10
    for decision in decisions:
        assert decision.name in index
        headings = [text for level, text in HEADING.findall(decision.read_text()) if level == "##"]
        assert headings == ["Status", "Context", "Decision", "Consequences"], decision.name


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert text.lstrip().startswith("GNU AFFERO GENERAL PUBLIC LICENSE")
    assert "END OF TERMS AND CONDITIONS" in text
