"""The newsletter: its issues, the letters that leave, what comes back of them."""
