"""The newsletter at the desk: its issues, its subscribers and their consent, whether its letters are believed."""
