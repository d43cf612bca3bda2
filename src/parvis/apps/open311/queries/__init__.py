"""What a program may read of the requests; what was sent to other servers."""
