"""Pure rules of cases: states, the hash chain, similarity, placeholders."""
