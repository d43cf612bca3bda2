"""Accounts on social networks, what leaves for them, what comes from them."""

from parvis.apps.social.models.accounts import Account
from parvis.apps.social.models.incoming import Message, WebhookEvent
from parvis.apps.social.models.outgoing import Post
