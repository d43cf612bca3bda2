"""Pure calculation rules on plain values, without any amount, date or norm of their own.

Every number comes from a fact; `calculators.queries` reads the facts, calls these rules and writes the words.
"""
