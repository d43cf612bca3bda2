"""What the site shows: news, pages, gatherings, the banner, alerts."""
