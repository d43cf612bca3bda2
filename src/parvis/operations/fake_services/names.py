"""What the stand-ins for social networks recognise, and what the demonstration is connected with."""

PAGE, PAGE_TOKEN, PAGE_NAME = "100200300", "page-token-of-the-stand-in", "Ville (démonstration)"
MASTODON, MASTODON_TOKEN = "7001", "mastodon-token-of-the-stand-in"
APP_ID, APP_SECRET, VERIFY = "standin", "secret of the stand-in", "stand-in"
