"""Pure rules: grouping of similar questions, weeks."""
