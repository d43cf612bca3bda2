"""What citizens see of their requests when signed in, and how they chose to be told."""
