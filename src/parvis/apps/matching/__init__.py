"""How an answer is found: what words are about, how sure that is, whether they tell of a danger."""
