"""The weight of each view of a message, and the confidence of a result: two small linear models, fitted offline.

`fitted.json` holds their coefficients and says what they were fitted on; `tools/fit_engine.py` writes it. There is one
pair of models per layer: "words" alone, or "meaning" when an encoder takes part.
"""

import json
from importlib.resources import files
from typing import Any, Literal

import numpy as np

from parvis.apps.matching.rules.scoring import Scores

Layer = Literal["words", "meaning"]

QUICK: dict[Layer, tuple[str, ...]] = {
    "words": ("text", "target", "spelling", "own", "odds", "title"),
    "meaning": ("text", "target", "spelling", "own", "odds", "title", "centre", "classifier"),
}
VIEWS: dict[Layer, tuple[str, ...]] = {
    "words": (*QUICK["words"], "texts", "spellings"),
    "meaning": (*QUICK["meaning"], "texts", "spellings", "nearest", "nearest3", "nearest8"),
}
_COMMON_SIGNS = ("lead", "share", "entropy", "agreed", "other side", "known", "unknown")
SIGNS: dict[Layer, tuple[str, ...]] = {
    "words": (*_COMMON_SIGNS, "text", "spelling", "own"),
    "meaning": (*_COMMON_SIGNS, "text", "spelling", "own", "nearest", "classifier"),
}
MOST_KNOWN = 8

FITTED: dict[str, Any] = json.loads(
    files("parvis.apps.matching.rules").joinpath("fitted.json").read_text(encoding="utf-8")
)
SURE, POSSIBLE = float(FITTED["sure"]), float(FITTED["possible"])
TELLABLE = 0.5  # confidence below which no answer is read aloud: another subject is more likely


def quick(layer: Layer, views: Scores) -> Scores:
    """A first score of every target, from the cheap views."""
    return np.asarray(views @ _weights(FITTED[layer]["quick"], QUICK[layer]))


def figures_of(layer: Layer, views: Scores) -> Scores:
    """The score that ranks each target."""
    return np.asarray(views @ _weights(FITTED[layer]["rank"], VIEWS[layer]))


def shares(layer: Layer, views: Scores) -> Scores:
    """The likelihood of each candidate target (softmax of their scores); they sum to 1."""
    scores = figures_of(layer, views)
    exponentials = np.exp(scores - scores.max())
    return np.asarray(exponentials / exponentials.sum())


def signs(layer: Layer, views: Scores, shared: Scores, strange: Scores, known: int, telling: int) -> Scores:
    """The evidence behind confidence, in the order of SIGNS: the lead of the best target, its raw views, known words.

    `strange` flags the out-of-scope targets: likelihood on the other side than the best lowers confidence, as do views
    that disagree. `known` of the `telling` words are in the index.
    """
    order = np.argsort(-np.round(shared, 6), kind="stable")
    second = float(shared[order[1]]) if len(order) > 1 else 0.0
    best = float(shared[order[0]])
    values = dict(zip(VIEWS[layer], views[order[0]].tolist(), strict=True)) | {
        "lead": min(float(np.log(max(best, 1e-6) / max(second, 1e-6))), 6.0),
        "share": best,
        "agreed": float((views.argmax(axis=0) == order[0]).mean()),
        "other side": float(shared[strange != strange[order[0]]].sum()),
        "entropy": float(-(shared * np.log(np.maximum(shared, 1e-12))).sum()),
        "known": float(np.log1p(min(known, MOST_KNOWN))),
        "unknown": (telling - known) / max(telling, 1),
    }
    return np.array([values[name] for name in SIGNS[layer]])


def sure(layer: Layer, evidence: Scores) -> float:
    """The confidence, from 0 to 1, that the best target is right, from the output of `signs`."""
    model = FITTED[layer]["sure"]
    logit = model["start"] + float(evidence @ _weights(model, SIGNS[layer]))
    return float(1 / (1 + np.exp(-logit)))


def _weights(model: dict[str, float], names: tuple[str, ...]) -> Scores:
    return np.array([model[name] for name in names])
