"""Pure rules: where a request goes, the date promised, the clocks of a case, the codes of places."""
