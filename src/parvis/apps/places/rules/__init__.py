"""Pure rules on addresses: keys, names, shapes, street sides, the assessment roll."""
