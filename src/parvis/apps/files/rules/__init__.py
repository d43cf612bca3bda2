"""Pure rules on files: decoding photos, reading headers and positions, spotting disguised files."""
