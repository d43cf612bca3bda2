"""Answers worked out from an address, a date, an amount or a few questions."""
