"""The editors' space in Wagtail: answers, facts, knowledge gaps."""
