"""What a call says, what became of it, when it is placed again and at which hours. Pure."""
