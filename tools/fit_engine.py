"""Fits the coefficients of the answer engine, and writes src/parvis/apps/matching/rules/fitted.json.

    PARVIS_DEMO=1 .venv/bin/python -m tools.fit_engine towns/carignan questions-dev.jsonl fresh.jsonl

Training uses two sources, never held-out messages: the messages of the training splits, and the town's own example
questions, each predicted by an index built without it (ten folds). Confidence is also trained on whole targets left
out of the index, to recognise the unknown. Both models are linear with a dozen coefficients; those of the ranking are
never negative. Questions about invented words, each in the title of one answer, teach that a new answer is found by
its title before it has any example question.
"""

import argparse
import json
import os
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parvis.config.settings")
django.setup()

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from parvis.apps.matching.queries.targets import TITLE_WEIGHT  # noqa: E402
from parvis.apps.matching.rules import calibration  # noqa: E402
from parvis.apps.matching.rules.calibration import QUICK, SIGNS, VIEWS, Layer  # noqa: E402
from parvis.apps.matching.rules.encoder import Encoder, Vectors, named  # noqa: E402
from parvis.apps.matching.rules.engine import Evidence, Index, Target  # noqa: E402
from parvis.operations.town.reading import read  # noqa: E402
from tools.likeness import LEARNED  # noqa: E402

Table = NDArray[Any]

WRITTEN = Path(__file__).parents[1] / "src" / "parvis" / "apps" / "matching" / "rules" / "fitted.json"
FOLDS, GROUPS, LEFT_OUT, SEED = 10, 6, 25, 1
MANY_FOR_ONE = 3  # one example question in this many is used to fit the ranking
TUNE_WEIGHT = 100.0  # of a tune message, relative to an example question
TITLE_CASE = 20.0  # of a question that only a title matches
ABOUT = (  # questions about a word without example questions
    "c'est quoi le {} svp",
    "combien coûte un {}",
    "quand est le {}",
    "j'ai besoin d'un {}",
    "mon {} est-ce que c'est permis",
    "what about the {}",
)
MOST = {"title": 12.0}  # enough to match; more would let one rare word of a title decide any message
EVERY_VIEW, PRIOR = 3.5, 0.02  # total prior weight of the views, and the strength of the prior
PRECISION = 0.955  # target when answering without asking
WRONG_ELSEWHERE = 0.085  # of out-of-scope messages whose whole target is missing, harsher than in practice


@dataclass(frozen=True)
class Case:
    """One message with its evidence; `right` are the keys of the right targets, "" for any out-of-scope one."""

    found: Evidence
    keys: tuple[str, ...]
    right: frozenset[str]
    strange: Table
    source: str
    weight: float


class _CachingEncoder:
    """An encoder that encodes each text once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._rows: dict[str, Vectors] = {}

    def version(self) -> str:
        return self._encoder.version()

    def encode(self, texts: Sequence[str]) -> Vectors:
        missing = [text for text in dict.fromkeys(texts) if text not in self._rows]
        if not missing and not texts:
            return self._encoder.encode([])
        self._rows.update(zip(missing, self._encoder.encode(missing), strict=True))
        return np.stack([self._rows[text] for text in texts])


def targets_of(folder: Path) -> list[Target]:
    """The targets of a town's folder, with their example questions and titles."""
    town = read(folder)
    targets = []
    for subject in town.subjects:
        kind: Any = "answer" if subject.answerable else "route"
        asked = [("fr", text, 1.0) for text in (*subject.variants.fr, *subject.aliases)]
        asked += [("en", text, 1.0) for text in subject.variants.en]
        titles = [("fr", subject.title[0], 1.0), ("en", subject.title[1], 1.0)]
        targets.append(Target(subject.slug, kind, tuple(dict.fromkeys(asked + titles))))
    for other in town.elsewhere:
        asked = [(lang, text, 1.0) for lang, texts in other.variants.by_language.items() for text in texts]
        titles = [("fr", other.title[0], 1.0), ("en", other.title[1], 1.0)]
        targets.append(Target(other.slug, "none", tuple(dict.fromkeys(asked + titles))))
    return targets


def cases_of(targets: Sequence[Target], messages: Sequence[dict[str, Any]], encoder: Encoder | None) -> list[Case]:
    """The training cases of both models."""
    ours = {target.key for target in targets if target.kind != "none"}
    index = Index(targets, encoder=encoder)
    cases = []
    for message in messages:
        right = frozenset(message["topics"]) if message["kind"] != "none" else frozenset({""})
        cases.append(_case(index, message["text"], right, ours, "tune", TUNE_WEIGHT))
    dice = random.Random(SEED)
    entries = [(target.key, text) for target in targets for text in target.texts]
    dice.shuffle(entries)
    for fold in range(FOLDS):
        held = set(entries[fold::FOLDS])
        rest = [
            Target(target.key, target.kind, tuple(text for text in target.texts if (target.key, text) not in held))
            for target in targets
        ]
        index = Index(rest, encoder=encoder)
        for key, (_, text, _weight) in entries[fold::FOLDS]:
            cases.append(_case(index, text, frozenset({key}), ours, "variant", 1.0))
    cases += _titled(targets, ours, encoder)
    mixed = list(targets)
    dice.shuffle(mixed)
    for group in range(GROUPS):
        gone = mixed[group::GROUPS]
        index = Index([target for target in mixed if target not in gone], encoder=encoder)
        for target in gone:
            right = frozenset({""}) if target.kind == "none" else frozenset()
            source = "left out elsewhere" if target.kind == "none" else "left out"
            for _, text, _weight in dice.sample(target.texts, min(LEFT_OUT, len(target.texts))):
                cases.append(_case(index, text, right, ours, source, 1.0))
    return cases


def _titled(targets: Sequence[Target], ours: set[str], encoder: Encoder | None) -> list[Case]:
    """Questions about a word found only in the title of one answer."""
    words = {
        key: "zar" + "".join("abcdefghij"[int(digit)] for digit in f"{at:03}") for at, key in enumerate(sorted(ours))
    }
    entitled = [
        Target(target.key, target.kind, (*target.texts, ("fr", f"Tout sur le {words[target.key]}", TITLE_WEIGHT)))
        if target.key in ours
        else target
        for target in targets
    ]
    index = Index(entitled, encoder=encoder)
    return [
        _case(index, asked.format(word), frozenset({key}), ours, "title", TITLE_CASE)
        for key, word in words.items()
        for asked in ABOUT
    ]


def _case(index: Index, text: str, right: frozenset[str], ours: set[str], source: str, weight: float) -> Case:
    evidence = index.evidence(text)
    keys = tuple(key if key in ours or key in right else "" for key in map(index.key_of, evidence.targets))
    strange = np.array([key not in ours for key in map(index.key_of, evidence.targets)])
    return Case(evidence, keys, right, strange, source, weight)


def fit_rank(cases: Sequence[Case], names: Sequence[str]) -> Table:
    """Non-negative weights of the views that maximise the likelihood of the right targets: a conditional logit.

    Over the spread of each view, a prior pulls them towards equal weights.
    """
    cases = [case for case in cases if case.right & set(case.keys)]
    many = [case for case in cases if case.source == "variant"]
    cases = [case for case in cases if case.source != "variant"] + many[::MANY_FOR_ONE]
    most = max(len(case.keys) for case in cases)
    views = np.zeros((len(cases), most, len(names)))
    there, right = np.zeros((len(cases), most), bool), np.zeros((len(cases), most), bool)
    for at, case in enumerate(cases):
        views[at, : len(case.keys)] = case.found.views[:, : len(names)]
        there[at, : len(case.keys)] = True
        right[at, : len(case.keys)] = [key in case.right for key in case.keys]
    spread = np.mean([case.found.views[:, : len(names)].std(axis=0) for case in cases if len(case.keys) > 1], axis=0)
    views /= np.maximum(spread, 1e-3)
    share = np.array([case.weight for case in cases])
    share = share / share.sum()
    prior = np.full(len(names), EVERY_VIEW / len(names))
    limits = np.array([MOST.get(name, np.inf) for name in names]) * np.maximum(spread, 1e-3)

    def loss_at(weights: Table) -> tuple[float, Table]:
        figures = np.where(there, views @ weights, -np.inf)
        likely = np.exp(figures - figures.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        good = np.where(right, likely, 0)
        total = good.sum(axis=1) + 1e-12
        pull = (likely - good / total[:, None]) * share[:, None]
        slope = np.einsum("qt,qtf->f", pull, views) + 2 * PRIOR * (weights - prior)
        return float(-(share * np.log(total)).sum() + PRIOR * ((weights - prior) ** 2).sum()), slope

    weights, step = prior.copy(), 1.0
    loss, slope = loss_at(weights)
    for _ in range(200):
        tried = np.clip(weights - step * slope, 0, limits)
        new, new_slope = loss_at(tried)
        if new > loss - 1e-9:
            step /= 2
            if step < 1e-4:
                break
            continue
        weights, loss, slope, step = tried, new, new_slope, step * 1.5
    return np.asarray(weights / np.maximum(spread, 1e-3))


def fit_sure(layer: Layer, cases: Sequence[Case]) -> tuple[dict[str, float], list[tuple[Case, bool, float]]]:
    """A logistic regression of whether the best target is right, and its probability for each case."""
    rows, right, weights, used = [], [], [], []
    for case in cases:
        if not case.keys:
            continue
        shared = np.round(calibration.shares(layer, case.found.views), 6)
        best = int(np.argsort(-shared, kind="stable")[0])
        rows.append(
            calibration.signs(layer, case.found.views, shared, case.strange, case.found.known, case.found.telling)
        )
        right.append(case.keys[best] in case.right)
        weights.append(20.0 if case.source == "tune" else 1.0)
        used.append(case)
    table, truth, share = np.array(rows), np.array(right, float), np.array(weights)
    middle, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
    scaled = np.hstack([np.ones((len(table), 1)), (table - middle) / spread])
    coefficients = np.zeros(scaled.shape[1])
    ridge = np.diag([0.0] + [30.0] * (scaled.shape[1] - 1))
    for _ in range(50):
        chance = 1 / (1 + np.exp(-scaled @ coefficients))
        slope = scaled.T @ (share * (truth - chance)) - ridge @ coefficients
        bend = (scaled * (share * chance * (1 - chance))[:, None]).T @ scaled + ridge
        coefficients = coefficients + np.linalg.solve(bend, slope)
    weights_of = coefficients[1:] / spread
    model = {"start": round(float(coefficients[0] - (weights_of * middle).sum()), 3)}
    model |= {name: round(float(weight), 3) for name, weight in zip(SIGNS[layer], weights_of, strict=True)}
    chance = 1 / (1 + np.exp(-scaled @ coefficients))
    return model, list(zip(used, [bool(value) for value in right], chance.tolist(), strict=True))


def threshold(judged: Sequence[tuple[Case, bool, float]]) -> float:
    """The lowest confidence that meets both goals: precision on the tune split, few errors on unknown messages."""
    for cent in range(40, 100):
        least = cent / 100
        tune = [right for case, right, chance in judged if case.source == "tune" and chance >= least]
        left = [case for case, _, _ in judged if _unknown(case)]
        wrong = [case for case, right, chance in judged if _unknown(case) and chance >= least and not right]
        if tune and sum(tune) / len(tune) >= PRECISION and len(wrong) / max(len(left), 1) <= WRONG_ELSEWHERE:
            return least
    return 0.99


def _unknown(case: Case) -> bool:
    return case.source == "left out elsewhere"


def main(arguments: Sequence[str]) -> int:
    """Fits both layers, writes the file and prints a report."""
    parser = argparse.ArgumentParser(description="Fits the coefficients of the answer engine.")
    parser.add_argument("town", type=Path, help="folder of the town whose ways of asking are learned from")
    parser.add_argument("messages", type=Path, nargs="+", help=f"JSON lines; only {' and '.join(LEARNED)} are read")
    args = parser.parse_args(arguments)
    texts = [line for path in args.messages for line in path.read_text(encoding="utf-8").splitlines()]
    messages = [line for line in map(json.loads, filter(str.strip, texts)) if line["split"] in LEARNED]
    targets = targets_of(args.town)
    encoder = named("use")
    fitted: dict[str, Any] = dict(calibration.FITTED)
    for layer in ("words", "meaning"):
        name: Layer = "words" if layer == "words" else "meaning"
        for view in QUICK[name]:
            calibration.FITTED[name]["quick"].setdefault(view, 1.0)  # a new view, until it is fitted
        cases = cases_of(targets, messages, _CachingEncoder(encoder) if encoder and name == "meaning" else None)
        cases = [case for case in cases if case.found.layer == name]  # a single word is scored by words alone
        learned = [case for case in cases if not case.source.startswith("left out")]
        rank, quick = fit_rank(learned, VIEWS[name]), fit_rank(learned, QUICK[name])
        fitted[name] = {
            "quick": dict(zip(QUICK[name], quick.round(2).tolist(), strict=True)),
            "rank": dict(zip(VIEWS[name], rank.round(2).tolist(), strict=True)),
        }
        calibration.FITTED.update(fitted)
        fitted[name]["sure"], judged = fit_sure(name, cases)
        _report(name, judged)
        if name == "meaning":
            fitted["sure"] = threshold(judged)
    WRITTEN.write_text(json.dumps(fitted, indent=2) + "\n", encoding="utf-8")
    print(f"Written: {WRITTEN.name}, sure from {fitted['sure']}.")
    return 0


def _report(layer: str, judged: Sequence[tuple[Case, bool, float]]) -> None:
    for source in dict.fromkeys(case.source for case, _, _ in judged):
        own = [(right, chance) for case, right, chance in judged if case.source == source]
        line = f"{layer}, {source}: {len(own)} messages, {100 * sum(r for r, _ in own) / len(own):.1f} % right;"
        for least in (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9):
            kept = [right for right, chance in own if chance >= least]
            line += f" >={least}: {100 * len(kept) / len(own):.0f} % at {100 * sum(kept) / max(len(kept), 1):.1f};"
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
