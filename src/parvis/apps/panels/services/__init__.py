"""Use cases of the panels."""

from parvis.apps.panels.services.items import (
    REQUESTED,
    SYNC_SIGN,
    TYPED,
    Slot,
    may_show_alerts,
    remove,
    remove_item,
    restore_item,
    show,
    show_typed,
)
from parvis.apps.panels.services.playlists import (
    add_playlist,
    close_playlist,
    move_item,
    rename_playlist,
    reopen_playlist,
)
from parvis.apps.panels.services.reports import (
    Proof,
    Report,
    record_proofs,
    record_report,
    record_seen,
    record_sign,
    record_sign_report,
)
from parvis.apps.panels.services.requests import BodyMessage, approve_request, refuse_request, submit_request
from parvis.apps.panels.services.screens import (
    ScreenValues,
    add_screen,
    change_screen,
    renew_key,
    revoke_screen,
)
from parvis.apps.panels.services.watching import delete_old_paintings, report_silence
