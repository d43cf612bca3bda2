"""Pure rules: CAP messages, plain text as paragraphs, the standard pages, the season."""
