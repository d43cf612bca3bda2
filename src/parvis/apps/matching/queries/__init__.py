"""Finding what words are about: suggestions, the decision for a question, dangers, the glossary."""
