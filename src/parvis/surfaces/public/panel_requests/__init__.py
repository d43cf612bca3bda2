"""The form by which a club, a school or another local body asks for a message on the panels of the town."""
