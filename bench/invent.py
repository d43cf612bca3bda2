"""Fills a house with answers until it has N of them, each with as many ways of asking: `python -m bench.invent N WAYS`.

They are made of the ways of asking of the sample town, some of their words replaced by words of the new subject alone:
the sizes are true, the language nearly so. Their vectors are computed and kept, as a load of the town does.
"""

import json
import random
import sys

import django

django.setup()

from django.db import transaction  # noqa: E402

from parvis.apps.catalogue.models import ExampleQuestion, Subject  # noqa: E402
from parvis.apps.content.models import Answer  # noqa: E402
from parvis.apps.content.services.content import bump_edition  # noqa: E402
from parvis.apps.matching.services.vectors import keep_vectors  # noqa: E402
from parvis.lib import clock  # noqa: E402

SEED = 311
START, MIDDLE, END = ("bar", "cou", "del", "fan", "gri", "lor", "mas", "ver"), ("bi", "na", "to", "lu"), ("nard", "lle")


def word(dice: random.Random) -> str:
    """A word that sounds like one."""
    return dice.choice(START) + dice.choice(MIDDLE) + dice.choice(MIDDLE) + dice.choice(END)


@transaction.atomic
def fill(answers: int, ways: int) -> int:
    """Makes the subjects, their ways of asking and their answers; how many were made."""
    dice = random.Random(SEED)
    model = Subject.objects.filter(answerable=True, active=True).select_related("answer").first()
    assert model is not None
    asked = list(ExampleQuestion.objects.order_by("pk").values_list("language", "text"))
    missing: int = answers - Answer.objects.filter(live=True).count()
    for rank in range(missing):
        own = [word(dice) for _ in range(6)]
        title = " ".join(own[:3])
        subject = Subject.objects.create(
            slug=f"essai-{rank}",
            title_fr=title.capitalize(),
            title_en=title.capitalize(),
            group=model.group,
            department=model.department,
            answerable=True,
            routable=True,
            position=1000 + rank,
        )
        texts = {}
        for language, text in dice.sample(asked, ways):
            said = text.split()
            said[dice.randrange(len(said))] = dice.choice(own)
            texts[language, " ".join(said)] = ExampleQuestion(subject=subject, language=language, text=" ".join(said))
        ExampleQuestion.objects.bulk_create(texts.values())
        Answer.objects.create(
            subject=subject,
            title_fr=title.capitalize(),
            short_fr=f"Le {own[0]} se demande au comptoir.",
            summary_fr=f"Le {own[0]} et le {own[1]}",
            body_fr=f"<p>{' '.join(own)} : voici comment faire.</p>",
            owner=model.department,
            review_on=clock.today(),
            live=True,
        )
    bump_edition()
    return int(max(missing, 0))


if __name__ == "__main__":
    made = fill(int(sys.argv[1]), int(sys.argv[2]))
    print(json.dumps({"made": made, "vectors": keep_vectors(), "ways": ExampleQuestion.objects.count()}))
