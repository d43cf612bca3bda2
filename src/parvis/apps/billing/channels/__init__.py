"""The providers that take payments on their own page, and give money back."""
