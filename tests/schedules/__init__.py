"""Tests of answers computed for an address and a day."""

from pathlib import Path

HERE = Path(__file__).parent
