"""The towns and the code know nothing of each other but what the files of a town may name."""

import re
from collections.abc import Iterator

import yaml

from parvis.ui import icons
from tools.checks.tree import Fault, Tree, rule

TOWNS = ("towns/carignan", "tests/towns/val-des-aulnes")
SAMPLE = "arignan"  # as in Carignan, carignan and carignanois
CODE = (".py", ".html", ".txt", ".js", ".css", ".po")
TEXT = (*CODE, ".svg", ".md", ".toml", ".yaml", ".json")


@rule
def nothing_of_a_town_is_in_the_code(tree: Tree) -> Iterator[Fault]:
    """Neither the names of the towns that we have nor those of their people."""
    words = set()
    for folder in filter(tree.has, TOWNS):
        town = yaml.safe_load(tree.file(f"{folder}/town.yaml").text)
        words |= {town["slug"], town.get("short_name") or town["name"]["fr"].removeprefix("Ville de ")}
        words |= {person["username"] for person in yaml.safe_load(tree.file(f"{folder}/staff.yaml").text)}
    lowered = {word: word.lower() for word in sorted(words)}
    for path in tree.find("src/parvis", *TEXT):
        file = tree.file(path)
        if SAMPLE in file.text:
            yield file.fault(file.line_of(SAMPLE), "names the sample town")
        folded = file.text.lower() if path.endswith(CODE) else ""
        for word, low in lowered.items():
            if low in folded:
                for found in re.finditer(rf"\b{re.escape(word)}\b", file.text, flags=re.IGNORECASE):
                    yield file.fault(file.line_at(found.start()), f"names something of a town: {word}")


@rule
def every_icon_named_by_a_town_is_there(tree: Tree) -> Iterator[Fault]:
    """`icon: name`, in a file of towns/, is the name of a vendored icon."""
    named = 0
    for path in tree.find("towns", ".yaml"):
        file = tree.file(path)
        for found in re.finditer(r"\bicon: *\"?([a-z0-9-]+)", file.text):
            named += 1
            if found[1] not in icons.names():
                yield file.fault(file.line_at(found.start()), f"there is no icon {found[1]}")
    if not named:
        yield Fault("towns", 1, "no icon is named")
