"""What the town publishes on its site: news, pages, the banner, CAP alerts, events and council sessions."""
