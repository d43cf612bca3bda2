"""What a text says and what a carrier says of it: keywords, signatures, the order of states. Pure."""
