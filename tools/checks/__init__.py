"""The rules of the house that no linter knows, checked by `make lint` on a tree whose files are each parsed once.

A rule is a function of a `Tree` that yields `Fault`s, registered by `@rule`; the first line of its docstring says what
it asks. Every rule has a planted fault in `tests/checks`, which shows that it finds one.
"""
