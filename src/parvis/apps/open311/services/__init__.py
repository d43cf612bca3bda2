"""Taking in the requests that programs send, and sending ours to the servers of outside bodies."""
