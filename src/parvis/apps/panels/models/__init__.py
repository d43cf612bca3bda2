"""Screens, their messages and playlists, the proof of painting, and the requests of local bodies."""

from parvis.apps.panels.models.items import Item, ProofOfPlay
from parvis.apps.panels.models.playlists import Playlist
from parvis.apps.panels.models.requests import PanelRequest
from parvis.apps.panels.models.screens import Screen
