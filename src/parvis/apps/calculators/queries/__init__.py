"""Computed answers, one function each: the same for a citizen, an agent and a program.

Each reads the facts in force, calls the pure rules of `calculators.rules`, and returns a `Computed`: the inputs,
the result, the facts with their versions, the words in both languages, and what must be checked.
"""
