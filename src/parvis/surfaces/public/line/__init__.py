"""The line of an opening: taking a place in it, waiting, entering, and the proof of its draw."""
