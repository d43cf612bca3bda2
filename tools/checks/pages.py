"""What the pages say exists: links, commands, settings, dependencies, keys, screens; and their form."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from urllib.parse import unquote

import polib
import wagtail.admin
import yaml
from django.apps import apps

from parvis.cli.commands import COMMANDS
from parvis.cli.main import parser
from parvis.config.environment import Environment
from parvis.surfaces.desk.case.case_actions import CASE_ACTIONS
from tools.checks.translations import PLACE, faults_of_typography, texts
from tools.checks.tree import LINK, Fault, Page, Tree, rule

README, README_FR = "README.md", "README.fr.md"
PUBLIC = ("src/parvis/surfaces/public/", "src/parvis/surfaces/open311/")
GUIDES, ADMINISTRATORS, DECISIONS = "docs/use", "docs/run", "docs/adr"
TERMS = 30
FEWEST_DECISIONS = 10
FIRST_LINES = ["git clone <this repository> parvis && cd parvis", "make run", "make test"]
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
NAMED = re.compile(r"«\s*([^»]+?)\s*»")
SAID = {"à 40 m, même sujet, depuis 2 jours", "c’est permis", "vous nous aviez dit"}  # by people, or of one request
FEW = 3  # words: a shorter name is a whole one, a longer one may be a part of a sentence
# What an administrator must add to a command that a page names without its arguments.
ARGUMENTS = {
    "add-staff": ["x", "--department", "d", "--role", "r"],
    "import-cases": ["f"],
    "restore": ["f"],
    "trial": ["report"],
}


@rule
def every_link_of_a_page_leads_somewhere(tree: Tree) -> Iterator[Fault]:
    """To a file that exists, and to a heading that it has."""
    for page in tree.pages():
        for found in LINK.finditer(page.prose):
            path, _, anchor = found[1].partition("#")
            if re.match(r"[a-z]+:", path):
                continue
            target = (page.file.parent / unquote(path)).resolve() if path else page.file.resolve()
            if not target.exists():
                yield page.fault(page.line_of(f"({found[1]})"), f"a link that leads nowhere: {found[1]}")
            elif anchor and anchor not in tree.page(target.relative_to(tree.root.resolve()).as_posix()).anchors:
                yield page.fault(page.line_of(f"({found[1]})"), f"a link to no heading: {found[1]}")


@rule
def every_dependency_says_why_it_is_there(tree: Tree) -> Iterator[Fault]:
    """Each package of pyproject.toml and each vendored one has its row, and each row its package."""
    page = tree.page("docs/build/dependencies.md")
    project = tomllib.loads(tree.file("pyproject.toml").text)
    groups = project["dependency-groups"].values()
    wanted = project["project"]["dependencies"] + [line for group in groups for line in group if isinstance(line, str)]
    named = {re.split(r"[\[<>=~! ]", line)[0].lower() for line in wanted}
    vendored = tree.file("src/parvis/ui/static/ui/vendor/VENDORED.md").text
    named |= set(re.findall(r"^\| \S+ \| ([^\s,|]+)", vendored, re.MULTILINE)) - {"Package", "---", "same"}
    told = set(re.findall(r"^\| `([^`]+)` \| [^|]{5,}", page.text, re.MULTILINE))
    for name in sorted(named - told):
        yield page.fault(1, f"no row says why {name} is there")
    for name in sorted(told - named):
        yield page.fault(page.line_of(f"| `{name}` |"), f"{name} is no dependency")


def commands(page: Page, program: str) -> set[str]:
    """The words that follow a program's name in the code of a page: {"setup", "run"} for make."""
    start = r"(?:^|[`\s/;&|])"
    return set(re.findall(rf"{start}{program} ([a-z][a-z-]*)", page.code, re.MULTILINE))


@rule
def every_target_of_make_named_by_a_page_exists(tree: Tree) -> Iterator[Fault]:
    """And run, setup and test are named somewhere."""
    targets = set(re.findall(r"^([a-z-]+):", tree.file("Makefile").text, re.MULTILINE))
    yield from _commands_that_exist(tree, "make", targets, {"run", "setup", "test"})


@rule
def every_command_named_by_a_page_exists(tree: Tree) -> Iterator[Fault]:
    """And load-town and verify-journal are named somewhere."""
    yield from _commands_that_exist(tree, "parvis", set(COMMANDS), {"load-town", "verify-journal"})


def _commands_that_exist(tree: Tree, program: str, existing: set[str], told: set[str]) -> Iterator[Fault]:
    named: set[str] = set()
    for page in tree.pages():
        for name in sorted(commands(page, program)):
            named.add(name)
            if name not in existing:
                yield page.fault(page.line_of(f"{program} {name}"), f"there is no command {program} {name}")
    for name in sorted(told - named):
        yield Fault(README, 1, f"no page names {program} {name}")


@rule
def every_setting_named_by_a_page_exists(tree: Tree) -> Iterator[Fault]:
    """PARVIS_ and its name."""
    for page in tree.pages():
        for name in sorted(set(re.findall(r"\bPARVIS_[A-Z_]*[A-Z]\b", page.text)) - set(Environment.model_fields)):
            yield page.fault(page.line_of(name), f"there is no setting {name}")


@rule
def every_setting_is_documented_with_its_default(tree: Tree) -> Iterator[Fault]:
    """The table of docs/run/settings.md has what config/environment.py declares, and what each means."""
    page = tree.page("docs/run/settings.md")
    rows = dict(re.findall(r"^\| `(\w+)` \| (?:`([^`]*)`|none) \| \w", page.text, flags=re.MULTILINE))
    defaults = {name: str(field.default) for name, field in Environment.model_fields.items()}
    for name in sorted({*rows, *defaults}):
        if name not in rows:
            yield page.fault(1, f"no row for the setting {name}")
        elif rows[name] != defaults.get(name):
            line = page.line_of(f"| `{name}` |")
            yield page.fault(line, f"the default of {name} is {defaults.get(name)!r}, not {rows[name]!r}")


@rule
def every_module_named_for_builders_exists(tree: Tree) -> Iterator[Fault]:
    """Under the root, src or src/parvis; what the reader of a guide creates is left out."""
    for page in [*tree.pages("docs"), *map(tree.page, filter(tree.has, ("CONTRIBUTING.md", "SECURITY.md")))]:
        text = re.sub(r"a\s+new\s+file\s+`[^`]+`", "", page.text)
        for name in re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)`", text):
            if not any(map(tree.has, (name, f"src/{name}", f"src/parvis/{name}"))):
                yield page.fault(page.line_of(f"`{name}`"), f"there is no file {name}")


@rule
def each_term_of_the_glossary_has_its_model(tree: Tree) -> Iterator[Fault]:
    """`app.Model`, in the last column."""
    page = tree.page("docs/build/glossary.md")
    rows = re.findall(r"^\| .+? \| .+? \| .+ \| `(\w+)\.(\w+)` \|$", page.text, re.MULTILINE)
    models = {(model._meta.app_label, model.__name__) for model in apps.get_models()}
    if len(rows) != TERMS:
        yield page.fault(1, f"{len(rows)} terms with their model instead of {TERMS}")
    for app, model in rows:
        if (app, model) not in models:
            yield page.fault(page.line_of(f"`{app}.{model}`"), f"there is no model {app}.{model}")


@rule
def the_two_readmes_are_twins(tree: Tree) -> Iterator[Fault]:
    """The same headings, commands, pictures and rows of tables, in the same order."""
    english, french = tree.page(README), tree.page(README_FR)
    for what, parts in {
        "levels of headings": [[level for level, _ in page.headings] for page in (english, french)],
        "commands": [re.findall(r"^    (.+)$", page.text, re.MULTILINE) for page in (english, french)],
        "pictures": [[link for words, link in PICTURE.findall(page.text) if words] for page in (english, french)],
        "rows of tables": [re.findall(r"^\|", page.text, re.MULTILINE) for page in (english, french)],
    }.items():
        if parts[0] != parts[1]:
            yield french.fault(1, f"other {what} than in {README}: {parts[1]}, not {parts[0]}")


@rule
def a_reader_meets_the_two_commands_first(tree: Tree) -> Iterator[Fault]:
    """The first lines below the title of a README are those that one types."""
    for page in (tree.page(README), tree.page(README_FR)):
        if [line.strip() for line in page.text.splitlines()[1:] if line.strip()][:3] != FIRST_LINES:
            yield page.fault(2, f"the first lines are not {FIRST_LINES}")


def french_pages(tree: Tree) -> Iterator[Page]:
    """What is written in French for people: the README and the guides of those who use Parvis."""
    if tree.has(README_FR):
        yield tree.page(README_FR)
    yield from tree.pages(GUIDES)


@rule
def a_french_page_has_the_typography_of_quebec(tree: Tree) -> Iterator[Fault]:
    """As a translation has it; a narrow no-break space is no space of guillemets here."""
    for page in french_pages(tree):
        for place, fault in faults_of_typography(page.prose):
            line = page.prose.count("\n", 0, place) + 1
            yield page.fault(line, f"{fault}: {page.prose[max(place - 20, 0) : place + 20]!r}")
        for found in re.finditer("«\u202f|\u202f»", page.prose):
            line = page.prose.count("\n", 0, found.start()) + 1
            yield page.fault(line, "guillemets with a narrow no-break space")


@rule
def the_pictures_of_a_page_are_light_and_described(tree: Tree) -> Iterator[Fault]:
    """Those of the README and of the guides: under 200 kB, 150 for those taken of a screen; described in a sentence."""
    for page in [*map(tree.page, filter(tree.has, (README,))), *tree.pages(GUIDES)]:
        for described, link in PICTURE.findall(page.text):
            few = 20 if page.path.startswith(GUIDES) else 9
            if page.path.startswith(GUIDES) and len(described) <= few:
                yield page.fault(page.line_of(f"({link})"), f"a picture without a description: {link}")
            if len(described) > few:
                yield from _too_heavy(page, link, page.file.parent / link, 200_000)
        for link in re.findall(r"use-[\w-]+\.webp", page.text) if page.path.startswith(GUIDES) else ():
            yield from _too_heavy(page, link, tree.root / "docs/pictures" / link, 150_000)


def _too_heavy(page: Page, link: str, file: Path, most: int) -> Iterator[Fault]:
    size = file.stat().st_size if file.exists() else most
    if size >= most:
        yield page.fault(page.line_of(link), f"a picture that is absent, or of {most // 1000} kB or more: {link}")


@rule
def every_key_named_by_a_guide_is_that_of_a_screen(tree: Tree) -> Iterator[Fault]:
    """In a `data-key` of a template, a script or a view, or among the actions of a case."""
    held = {action.key.upper() for action in CASE_ACTIONS} | {"J", "K", "?", *"123456789"}
    scripts = [tree.file(path) for path in tree.find("src", ".js", within="static")]
    for file in [*(one for one in tree.templates() if one.path.endswith(".html")), *scripts]:
        held |= {key.upper() for key in re.findall(r'data-(?:alt-)?key="([^"{]+)"', file.text)}
    for module in tree.modules():
        held |= {key.upper() for key in re.findall(r'"data-key": "([^"]+)"', module.text)}
    named: set[str] = set()
    for page in tree.pages(GUIDES):
        for key in sorted(set(re.findall(r"`(F\d+|[A-Z?!+/]|\d)`", page.text))):
            named.add(key)
            if key not in held:
                yield page.fault(page.line_of(f"`{key}`"), f"no screen has the key {key}")
    for key in sorted({"F2", "A", "R", "?"} - named):
        yield Fault(GUIDES, 1, f"no guide names the key {key}")


@rule
def what_a_guide_names_is_on_a_screen(tree: Tree) -> Iterator[Fault]:
    """What stands between guillemets is a French text of ours or of the editor, or a long part of one."""
    theirs = Path(wagtail.admin.__file__).parent / "locale/fr/LC_MESSAGES/django.po"
    entries = [entry for catalogue in tree.catalogues() for entry in catalogue.entries] + polib.pofile(str(theirs))
    screens = {_plain(text) for entry in entries for text in (entry.msgstr, *entry.msgstr_plural.values())}
    whole_ones = {text.rstrip(".…: ") for text in screens}
    for page in tree.pages(GUIDES):
        for found in NAMED.finditer(page.text):
            name = _plain(found[1])
            whole = name.rstrip(".… ")
            part = len(whole.split()) >= FEW or name.endswith("…")
            if name in SAID or whole in whole_ones or (part and any(whole in text for text in screens)):
                continue
            yield page.fault(page.line_at(found.start()), f"no screen says « {name} »")


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()


@rule
def the_public_description_has_what_the_standard_asks(tree: Tree) -> Iterator[Fault]:
    """publiccode.yml, version 0.4, in both languages."""
    file = tree.file("publiccode.yml")
    told = yaml.safe_load(file.text)
    required = {"name", "url", "platforms", "developmentStatus", "softwareType", "description", "legal", "maintenance"}
    for name in sorted((required | {"localisation"}) - set(told)):
        yield file.fault(1, f"{name} is missing")
        return
    languages = set(told["localisation"]["availableLanguages"])
    for right, part, words in (
        (told["publiccodeYmlVersion"] == "0.4", "publiccodeYmlVersion", "the version is 0.4"),
        (told["legal"]["license"] == "AGPL-3.0-or-later", "license", "the licence is AGPL-3.0-or-later"),
        (told["maintenance"]["contacts"], "contacts", "someone to write to is missing"),
        (languages == set(told["description"]) == {"fr", "en"}, "availableLanguages", "the languages are fr and en"),
    ):
        if not right:
            yield file.fault(file.line_of(part), words)
    for language, described in told["description"].items():
        line = file.line_of(f"  {language}:")
        if len(described["shortDescription"]) > 150:
            yield file.fault(line, "a short description of more than 150 letters")
        if not 150 <= len(described["longDescription"]) <= 10_000:
            yield file.fault(line, "a long description of less than 150 letters, or more than 10,000")
        if not described["features"]:
            yield file.fault(line, "no features")


@rule
def every_decision_has_its_four_parts_and_its_line(tree: Tree) -> Iterator[Fault]:
    """Status, Context, Decision, Consequences; and a line of the index."""
    index = tree.page(f"{DECISIONS}/README.md")
    decisions = [page for page in tree.pages(DECISIONS) if page.file.name.startswith("0")]
    if len(decisions) < FEWEST_DECISIONS:
        yield index.fault(1, f"{len(decisions)} decisions: {FEWEST_DECISIONS} at least")
    for page in decisions:
        if page.file.name not in index.text:
            yield page.fault(1, "has no line in the index")
        if [text for level, text in page.headings if level == 2] != ["Status", "Context", "Decision", "Consequences"]:
            yield page.fault(1, "has not the parts Status, Context, Decision, Consequences")


@rule
def the_licence_is_whole(tree: Tree) -> Iterator[Fault]:
    """The GNU Affero General Public License, to its end."""
    file = tree.file("LICENSE")
    if not file.text.lstrip().startswith("GNU AFFERO GENERAL PUBLIC LICENSE"):
        yield file.fault(1, "does not begin as the licence does")
    if "END OF TERMS AND CONDITIONS" not in file.text:
        yield file.fault(len(file.text.splitlines()), "does not end as the licence does")


@rule
def every_command_for_administrators_is_understood_as_it_is_written(tree: Tree) -> Iterator[Fault]:
    """Each line of code of docs/run that begins with parvis, and each unit that starts it, with its options."""
    for path in tree.find(ADMINISTRATORS, ".md", ".service", ".timer"):
        file = tree.file(path)
        if path.endswith(".md"):
            shown = re.findall(r"^    (.+)$|`(parvis [^`\n]+)`", file.text, re.MULTILINE)
            lines = [one for block, inline in shown if re.search(r"(^|bin/)parvis ", one := block or inline)]
        else:
            lines = re.findall(r"bin/parvis .+$", file.text, re.MULTILINE)
        for line in lines:
            words = shlex.split(line[line.index("parvis ") :])[1:]
            said = StringIO()
            try:
                with redirect_stderr(said):
                    if words[0] != "manage":
                        parser().parse_args([*words, *(ARGUMENTS.get(words[0], []) if len(words) == 1 else [])])
            except SystemExit:
                yield file.fault(file.line_of(line), f"not understood: {line}: {said.getvalue().splitlines()[-1]}")


@rule
def the_proxies_pass_what_the_service_trusts(tree: Tree) -> Iterator[Fault]:
    """The address of who asks is that of the connection, never what a browser says of itself."""
    for name, wanted, refused in (
        ("nginx.conf", ("X-Forwarded-For $remote_addr;", "X-Forwarded-Proto $scheme;"), "proxy_add_x_forwarded_for"),
        ("Caddyfile", ("header_up X-Forwarded-For {remote_host}",), ""),
    ):
        file = tree.file(f"{ADMINISTRATORS}/proxy/{name}")
        for words in wanted:
            if words not in file.text:
                yield file.fault(1, f"does not pass {words}")
        if refused and refused in file.text:
            yield file.fault(file.line_of(refused), f"{refused} trusts what a browser says")
        if file.text.count("{") != file.text.count("}"):
            yield file.fault(1, "braces are not closed")


@rule
def each_place_of_the_staff_has_one_word(tree: Tree) -> Iterator[Fault]:
    """The last column of the table of places, in the glossary, lists what neither catalogues nor guides may say.

    The catalogues of the public are left out, with the messages that they share, and the words of sample citizens.
    """
    table = tree.page("docs/build/glossary.md").text.partition("\n## One word for each place\n")[2]
    cells = re.findall(r"^\| .+ \| (.+) \|$", table, re.MULTILINE)[1:]
    words = "|".join(re.escape(word) for cell in cells for word in cell.split(", "))
    refused = re.compile(rf"\b({words})\b", re.IGNORECASE)
    catalogues = list(tree.catalogues())
    public = {entry.msgid for one in catalogues if one.path.startswith(PUBLIC) for entry in one.entries}
    for catalogue in catalogues:
        for entry in () if catalogue.path.startswith(PUBLIC) else catalogue.entries:
            said = PLACE.sub("", " | ".join([entry.msgid, entry.msgid_plural, *texts(entry)]))
            if entry.msgid not in public and entry.msgctxt != "sample" and (found := refused.search(said)):
                yield catalogue.fault(entry.linenum, f"{found[0]!r} is not the word of the glossary")
    for page in french_pages(tree):
        for found in refused.finditer(page.prose):
            line = page.prose.count("\n", 0, found.start()) + 1
            yield page.fault(line, f"{found[0]!r} is not the word of the glossary")
