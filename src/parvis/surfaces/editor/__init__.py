"""The editors' space in Wagtail: answers, facts, gaps."""
