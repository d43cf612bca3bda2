"""What a text says and what a carrier says of it: keywords, the order of states. Pure."""
