"""python -m tools.checks: prints the faults that the rules find, one on each line; 1 when there is one."""

import gc
import os
import sys
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "parvis.config.settings"

import django

django.setup()

from tools.checks.rules import RULES, Tree  # noqa: E402


def main(root: Path) -> int:
    """Runs every rule on the tree below `root`; the exit code."""
    gc.disable()  # syntax trees are millions of objects, all of them in use until the end
    tree = Tree(root)
    faults = sorted({fault for rule in RULES.values() for fault in rule(tree)})
    for fault in faults:
        print(fault)
    if not faults:
        print(f"The rules of the house: all {len(RULES)} are kept.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).parents[2]))
