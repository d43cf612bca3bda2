"""What to look up in a house that has a past, as one JSON object: `python -m bench.lookups N`.

N requests of each kind, from one seed. A rare word is held by at most RARE cases, a common one by a tenth of them; each
look-up with one mistake holds two words of one case and the name of its person, or its street, one letter of which is
missing, doubled, wrong or exchanged; the case must be among the first five.
"""

import json
import random
import string
import sys
from collections import Counter
from typing import Any

import django

django.setup()

from django.db.models import Max  # noqa: E402

from parvis.apps.cases.models import Case  # noqa: E402
from parvis.apps.directory.models import User  # noqa: E402
from parvis.apps.directory.rules.permissions import Action  # noqa: E402
from parvis.apps.residents.models import PhoneNumber  # noqa: E402
from parvis.lib.words import split  # noqa: E402

SEED = 311
LOOKED_AT, RARE = 20_000, 12
SHORTEST = 5  # letters of a word that is mistyped


def mistyped(rng: random.Random, word: str) -> str:
    """The word with one mistake, never the word itself."""
    while True:
        at = rng.randrange(len(word) - 1)
        other = rng.choice(string.ascii_lowercase)
        made = rng.choice(
            (
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
                word[:at] + other + word[at + 1 :],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            )
        )
        if made != word:
            return made


def lookups(count: int) -> dict[str, Any]:
    """`count` of each kind, and who asks."""
    rng = random.Random(SEED)
    last = Case.objects.aggregate(last=Max("pk"))["last"] or 1
    picked = {rng.randint(1, last) for _ in range(LOOKED_AT)}
    rows = Case.objects.filter(pk__in=picked).select_related("person", "address__street", "subject")
    cases = list(rows.order_by("pk"))
    spread = Counter(
        word for case in cases for word in set(split(f"{case.words} {case.place} {case.subject.title_fr}"))
    )
    common = [word for word, n in spread.items() if n > len(cases) / 10 and len(word) > 2]  # noqa: PLR2004
    rare = [word for word, n in spread.items() if n <= RARE * len(cases) / last and word.isalpha() and len(word) > 4]  # noqa: PLR2004
    rare = rare or [word for word, n in spread.most_common()[::-1] if word.isalpha()][:count]
    numbers = list(PhoneNumber.objects.order_by("pk").values_list("number", flat=True)[: 20 * count])
    samples = User.objects.filter(sample=True).order_by("pk")
    fragments = [(number[-10:], rng.randint(0, 5)) for number in rng.choices(numbers, k=count)]
    return {
        "who": next(user.username for user in samples if user.may_everywhere(Action.READ_CASE)),
        "rare": rng.choices(rare, k=count),
        "common": [" ".join(rng.sample(common, 2)) if rng.random() < 0.5 else rng.choice(common) for _ in range(count)],  # noqa: PLR2004
        "phone": [digits[at : at + 5] for digits, at in fragments],
        "reference": [case.reference for case in rng.choices(cases, k=count)],
        "deep": common[:20],
        "slips": [found for case in rng.sample(cases, min(len(cases), 6 * count)) if (found := _slip(rng, case))][
            :count
        ],
    }


def _slip(rng: random.Random, case: Case) -> tuple[str, str] | None:
    """(what is typed, the reference) of one case; None when nothing tells it from others."""
    name = split(case.person.name) if case.person else []
    street = [
        word for word in split(case.address.label if case.address else "") if len(word) >= SHORTEST or word.isdigit()
    ]
    said = [word for word in split(case.words) if len(word) >= SHORTEST]
    words = [*name[:2], *street[:2], *rng.sample(said, min(len(said), 2))]
    able = [at for at, word in enumerate(words) if len(word) >= SHORTEST and word.isalpha()]
    if not name or not able or len(words) < 4:  # noqa: PLR2004
        return None
    at = rng.choice(able)
    words[at] = mistyped(rng, words[at])
    return " ".join(words), case.reference


if __name__ == "__main__":
    print(json.dumps(lookups(int(sys.argv[1]))))
