"""Schedule queries for an address and a day, shared by the public site and the desk.

Each returns text in the active language, states what is unknown, and names a contact point.
"""
