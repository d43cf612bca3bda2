"""Queries on screens, their messages, proofs of painting, and requests of local bodies."""

from parvis.apps.panels.queries.items import (
    by_id,
    by_key,
    coming,
    current,
    last_proofs_of_play,
    live_items,
    proofs_of_play,
)
from parvis.apps.panels.queries.pictures import FONT, columns, picture, sights, standing
from parvis.apps.panels.queries.playlists import (
    Listed,
    closed_playlists,
    playlist_by_id,
    playlist_names,
    playlists,
)
from parvis.apps.panels.queries.requests import Quota, open_requests, past_requests, quota, request_by_id, rules
from parvis.apps.panels.queries.screens import (
    Health,
    by_secret,
    group_names,
    health_of,
    local_time,
    receivers,
    screen_by_id,
    screens,
    signs,
)
