"""Computed answers, one function each: the same for a citizen, an agent and a program.

Each reads the facts in force, calls the pure rules of `knowledge.calculations`, and returns a `Computed`: the inputs,
the result, the facts with their versions, the words in both languages, and what must be checked.
"""

from parvis.apps.knowledge.calculators.at_address import PARTS, at_address
from parvis.apps.knowledge.calculators.base import CalculationText, Computed, Row
from parvis.apps.knowledge.calculators.duty import transfer_duty
from parvis.apps.knowledge.calculators.guides import guide_of, has_guide, papers, permit, questions_of
from parvis.apps.knowledge.calculators.opening_hours import reach
from parvis.apps.knowledge.calculators.registry import (
    Calculated,
    Calculator,
    calculate,
    calculated,
    calculator_of,
    calculators_on,
    names,
)
from parvis.apps.knowledge.calculators.revision import roll_revision
from parvis.apps.knowledge.calculators.sale import tax_sale
from parvis.apps.knowledge.calculators.subsidies import subsidy
from parvis.apps.knowledge.calculators.taxes import tax_instalments

__all__ = [
    "PARTS", "CalculationText", "Calculated", "Calculator", "Computed", "Row", "at_address", "calculate", "calculated",
    "calculator_of", "calculators_on", "guide_of", "has_guide", "names", "papers", "permit", "questions_of", "reach",
    "roll_revision", "subsidy", "tax_instalments", "tax_sale", "transfer_duty",
]  # fmt: skip
