"""Every rule: importing this module registers them all. Django must be set up."""

from tools.checks import code, pages, product, towns, translations
from tools.checks.tree import RULES, Fault, Tree

__all__ = ["RULES", "Fault", "Tree", "code", "pages", "product", "towns", "translations"]
