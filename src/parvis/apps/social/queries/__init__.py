"""Reading accounts, posts and what people write on social networks."""

from parvis.apps.social.queries.accounts import accounts, dead_to_tell, graph_end, traffic, version_trouble
from parvis.apps.social.queries.conversations import Line, conversation, last_from, latest_of, window_of
from parvis.apps.social.queries.posts import latest, post_of, posts
from parvis.apps.social.queries.words import explain
