"""Taking in the requests that programs send: opened once, with their pictures."""
