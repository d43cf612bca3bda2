"""What each view of a message counts for, and how sure the result is: two small linear models, fitted offline.

`fitted.json` holds their coefficients; `tools/fit_engine.py` writes it, and says on what. There is one pair of models
for each layer: "words" alone, or "meaning" when an encoder takes part.
"""

import json
from importlib.resources import files
from typing import Any, Literal

import numpy as np

from parvis.apps.knowledge.scoring import Scores

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

FITTED: dict[str, Any] = json.loads(files("parvis.apps.knowledge").joinpath("fitted.json").read_text(encoding="utf-8"))
SURE, POSSIBLE = float(FITTED["sure"]), float(FITTED["possible"])
TELLABLE = 0.5  # confidence under which nothing is read aloud: it is more likely to be something else


def quick(layer: Layer, views: Scores) -> Scores:
    """A first order of every target, from the views that cost little."""
    return np.asarray(views @ _weights(FITTED[layer]["quick"], QUICK[layer]))


def figures_of(layer: Layer, views: Scores) -> Scores:
    """The figure of each target, which orders them."""
    return np.asarray(views @ _weights(FITTED[layer]["rank"], VIEWS[layer]))


def shares(layer: Layer, views: Scores) -> Scores:
    """How the likelihood is shared among the targets looked at; they sum to 1."""
    figures = figures_of(layer, views)
    likely = np.exp(figures - figures.max())
    return np.asarray(likely / likely.sum())


def signs(layer: Layer, views: Scores, shared: Scores, strange: Scores, known: int, telling: int) -> Scores:
    """What confidence rests on, in the order of SIGNS: the lead of the best target and its raw figures, what was known.

    `strange` says which targets are not ours: what speaks for the other side than the best is a doubt of its own. So
    are views that do not agree. `known` of the `telling` words were met before.
    """
    order = np.argsort(-np.round(shared, 6), kind="stable")
    second = float(shared[order[1]]) if len(order) > 1 else 0.0
    best = float(shared[order[0]])
    result = dict(zip(VIEWS[layer], views[order[0]].tolist(), strict=True)) | {
        "lead": min(float(np.log(max(best, 1e-6) / max(second, 1e-6))), 6.0),
        "share": best,
        "agreed": float((views.argmax(axis=0) == order[0]).mean()),
        "other side": float(shared[strange != strange[order[0]]].sum()),
        "entropy": float(-(shared * np.log(np.maximum(shared, 1e-12))).sum()),
        "known": float(np.log1p(min(known, MOST_KNOWN))),
        "unknown": (telling - known) / max(telling, 1),
    }
    return np.array([result[name] for name in SIGNS[layer]])


def sure(layer: Layer, evidence: Scores) -> float:
    """How sure it is that the best target is the right one, from 0 to 1, of what `signs` gives."""
    model = FITTED[layer]["sure"]
    figure = model["start"] + float(evidence @ _weights(model, SIGNS[layer]))
    return float(1 / (1 + np.exp(-figure)))


def _weights(model: dict[str, float], names: tuple[str, ...]) -> Scores:
    return np.array([model[name] for name in names])
