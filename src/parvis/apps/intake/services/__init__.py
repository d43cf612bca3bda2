"""The use cases of intake, one function each."""
