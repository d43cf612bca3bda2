"""Use cases of integrations, one function each."""
