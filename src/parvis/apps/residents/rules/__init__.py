"""Pure rules on people: names by sound, values to merge."""
