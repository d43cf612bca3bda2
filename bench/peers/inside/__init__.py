"""What runs in the environment of a peer, with its libraries and none of ours."""
