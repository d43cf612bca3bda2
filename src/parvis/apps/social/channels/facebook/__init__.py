"""Facebook: a page, by the Graph API and its webhooks."""
