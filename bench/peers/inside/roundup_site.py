"""Roundup's own WSGI front end, for the tracker in the folder PEER_HOME."""

import os

from roundup.cgi.wsgi_handler import RequestDispatcher

application = RequestDispatcher(os.environ["PEER_HOME"], feature_flags={"cache_tracker": ""})
