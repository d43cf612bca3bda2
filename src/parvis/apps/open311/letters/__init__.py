"""Letters about the requests sent to outside bodies."""
