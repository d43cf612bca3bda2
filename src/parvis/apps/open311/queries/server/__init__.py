"""What a program may read of the requests."""
