"""URLs of the panels."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.panels import playlist_views, request_views, views

patterns: list[URLPattern] = [
    path("panels/", views.panels, name="panels"),
    path("panels/message/", views.show_message, name="panel_message"),
    path("panels/messages/<int:item_id>/remove/", views.remove_message, name="remove_panel_message"),
    path("panels/messages/<int:item_id>/restore/", views.restore_message, name="restore_panel_message"),
    path("panels/messages/<int:item_id>/move/", playlist_views.move_message, name="move_panel_message"),
    path("panels/preview/", views.preview, name="preview_panel_message"),
    path("panels/playlists/", playlist_views.panel_playlists, name="panel_playlists"),
    path("panels/playlists/<int:playlist_id>/", playlist_views.panel_playlist, name="panel_playlist"),
    path("panels/playlists/<int:playlist_id>/name/", playlist_views.rename_playlist, name="rename_panel_playlist"),
    path("panels/playlists/<int:playlist_id>/close/", playlist_views.close_playlist, name="close_panel_playlist"),
    path("panels/playlists/<int:playlist_id>/open/", playlist_views.reopen_playlist, name="reopen_panel_playlist"),
    path("panels/new/", views.new_panel, name="new_panel"),
    path("panels/requests/", request_views.panel_requests, name="panel_requests"),
    path("panels/requests/<int:request_id>/", request_views.decide, name="decide_panel_request"),
    path("panels/<int:screen_id>/", views.panel, name="panel"),
    path("panels/<int:screen_id>/key/", views.renew_panel, name="renew_panel"),
    path("panels/<int:screen_id>/revoke/", views.revoke_panel, name="revoke_panel"),
]
