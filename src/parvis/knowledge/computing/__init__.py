"""The answers that are worked out, each by one function: the same for a citizen, an agent and a program.

Each reads the facts in force, calls the pure rules of `knowledge.computed`, and hands back a `Computed`: what was
asked, the result, the facts with their versions, the words in both languages, and what must be checked.
"""

from parvis.knowledge.computing.at_address import PARTS, at_address
from parvis.knowledge.computing.base import Computed, Row, Said
from parvis.knowledge.computing.duty import transfer_duty
from parvis.knowledge.computing.guides import guide_of, has_guide, papers, permit, questions_of
from parvis.knowledge.computing.reach import reach
from parvis.knowledge.computing.revision import roll_revision
from parvis.knowledge.computing.sale import tax_sale
from parvis.knowledge.computing.subsidies import subsidy
from parvis.knowledge.computing.taxes import tax_instalments
from parvis.knowledge.computing.works import Work, Worked, names, work_of, work_out, worked, works_on

__all__ = [
    "PARTS",
    "Computed",
    "Row",
    "Said",
    "Work",
    "Worked",
    "at_address",
    "guide_of",
    "has_guide",
    "names",
    "papers",
    "permit",
    "questions_of",
    "reach",
    "roll_revision",
    "subsidy",
    "tax_instalments",
    "tax_sale",
    "transfer_duty",
    "work_of",
    "work_out",
    "worked",
    "works_on",
]
