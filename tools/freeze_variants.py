"""Freezes the training data of the answer engine in the sample town, before a held-out part is scored.

    PARVIS_DEMO=1 .venv/bin/python -m tools.freeze_variants [TOWN]

Writes the hash to tests/matching/messages/frozen.txt. Exit code 1, and nothing written, when an example question
resembles a held-out message (Dice's coefficient of character 4-grams above 0.8): reword or remove such a line.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.config.settings")
django.setup()

from parvis.operations.town.reading import TownFiles, read  # noqa: E402
from tools.likeness import LEARNED, Exam, frozen  # noqa: E402

ROOT = Path(__file__).parents[1]
MESSAGES = ROOT / "tests" / "matching" / "messages"
MOST_ALIKE = 0.8


def learned_from(town: TownFiles) -> Iterator[tuple[str, str, str]]:
    """(target, language, text) of every example question, out-of-scope topics and dangers included."""
    for subject in town.subjects:
        yield from ((subject.slug, lang, text) for lang, own in subject.variants.by_language.items() for text in own)
        yield from ((subject.slug, "fr", text) for text in subject.aliases)
    for other in town.elsewhere:
        yield from ((other.slug, lang, text) for lang, own in other.variants.by_language.items() for text in own)
    if town.danger:
        for name, texts in (("danger", town.danger.examples), ("calm", town.danger.calm)):
            yield from ((f"!{name}", lang, text) for lang, own in texts.by_language.items() for text in own)


def exam() -> Iterator[str]:
    """Every message used only for scoring."""
    for path in sorted(MESSAGES.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            message = json.loads(line) if line.strip() else {"split": LEARNED[0]}
            if message.get("split") not in LEARNED:
                yield message["text"]


def main(arguments: Sequence[str]) -> int:
    """Checks, then writes."""
    town = read(Path(arguments[0]) if arguments else ROOT / "towns" / "carignan")
    held, learned = Exam(exam()), sorted(set(learned_from(town)))
    wrong = [entry for entry in learned if held.nearest(entry[2]) > MOST_ALIKE]
    for target, lang, text in wrong:
        print(f"{target}.{lang}: resembles a held-out message: {text}")
    if wrong:
        return 1
    (MESSAGES / "frozen.txt").write_text(frozen(learned) + "\n", encoding="utf-8")
    print(f"{len(learned)} ways of asking frozen.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
