"""Computed answers, one function each: the same for a citizen, an agent and a program.

Each reads the facts in force, calls the pure rules of `calculators.rules`, and returns a `Computed`: the inputs,
the result, the facts with their versions, the words in both languages, and what must be checked.
"""

from parvis.apps.calculators.queries.at_address import PARTS, at_address
from parvis.apps.calculators.queries.base import CalculationText, Computed, Row
from parvis.apps.calculators.queries.duty import transfer_duty
from parvis.apps.calculators.queries.guides import guide_of, has_guide, papers, permit, questions_of
from parvis.apps.calculators.queries.opening_hours import reach
from parvis.apps.calculators.queries.registry import (
    Calculated,
    Calculator,
    calculate,
    calculated,
    calculator_of,
    calculators_on,
    names,
)
from parvis.apps.calculators.queries.revision import roll_revision
from parvis.apps.calculators.queries.sale import tax_sale
from parvis.apps.calculators.queries.subsidies import subsidy
from parvis.apps.calculators.queries.taxes import tax_instalments
