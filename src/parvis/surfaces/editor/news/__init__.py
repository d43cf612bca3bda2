"""The editors' space of news, pages, events and council sessions."""
