"""The use cases of people's files, one function each."""
