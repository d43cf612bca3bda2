"""The index of words by which people, contacts and requests are found."""
