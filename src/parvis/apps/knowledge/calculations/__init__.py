"""What is worked out rather than written: pure rules of plain values, without any amount, date or norm of their own.

Every number comes from a fact; `knowledge.calculators` reads the facts, calls these and finds the words.
"""
