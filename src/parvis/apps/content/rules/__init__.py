"""Pure rules of content: values and references to facts, verdicts, help lines, editors' rights."""
