"""Publication on the site, each call once for its key: news items, the banner, CAP alerts."""
