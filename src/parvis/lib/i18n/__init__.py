"""The two languages of a town, and how a bilingual value is read."""
