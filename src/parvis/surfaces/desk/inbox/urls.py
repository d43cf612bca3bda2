"""URLs of the inbox."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.inbox import channel_views, composing_views, sorting_views, views

patterns: list[URLPattern] = [
    path("inbox/", views.inbox, name="inbox"),
    path("channels/", channel_views.channels, name="channels"),
    path("channels/<int:mailbox_id>/test/", channel_views.test_mailbox, name="test_mailbox"),
    path("inbox/quarantine/", views.quarantine, name="quarantine"),
    path("inbox/quarantine/<int:incoming_id>/again/", views.take_again, name="take_mail_again"),
    path("inbox/quarantine/<int:incoming_id>/back/", views.bring_back, name="bring_mail_back"),
    path("inbox/due/", views.send_due, name="send_due_mail"),
    path("inbox/several/", sorting_views.several, name="sort_mail"),
    path("inbox/restore/", sorting_views.restore, name="restore_mail"),
    path("inbox/<int:contact_id>/assign/", sorting_views.assign, name="assign_mail"),
    path("inbox/<int:contact_id>/later/", sorting_views.put_off, name="put_mail_off"),
    path("inbox/<int:contact_id>/spam/", sorting_views.spam, name="spam_mail"),
    path("inbox/<int:contact_id>/close/", sorting_views.close, name="close_mail"),
    path("inbox/<int:contact_id>/await/", sorting_views.await_reply, name="await_mail"),
    path("inbox/<int:contact_id>/merge/", sorting_views.merge, name="merge_mail"),
    path("inbox/<int:contact_id>/separate/", sorting_views.separate, name="separate_mail"),
    path("inbox/<int:contact_id>/print/", sorting_views.paper, name="print_mail"),
    path("inbox/<int:contact_id>/live", sorting_views.live, name="mail_live"),
    path("inbox/<int:contact_id>/left", sorting_views.left, name="mail_left"),
    path("inbox/<int:contact_id>/", views.message, name="message"),
    path("inbox/<int:contact_id>/send/", views.send, name="send_mail"),
    path("inbox/<int:contact_id>/take/", views.take, name="take_mail"),
    path("inbox/<int:contact_id>/leave/", views.leave, name="leave_mail"),
    path("inbox/<int:contact_id>/request/", views.make_request, name="request_from_mail"),
    path("inbox/<int:contact_id>/written/", views.as_written, name="message_as_written"),
    path("inbox/<int:contact_id>/files/<uuid:key>", views.file, name="mail_file"),
    path("inbox/<int:contact_id>/draft/", composing_views.keep_draft, name="keep_mail_draft"),
    path("inbox/<int:contact_id>/joined/", composing_views.add_files, name="join_mail_files"),
    path("inbox/<int:contact_id>/joined/<uuid:key>", composing_views.joined_file, name="joined_mail_file"),
    path("inbox/<int:contact_id>/joined/<uuid:key>/remove/", composing_views.remove_file, name="remove_mail_file"),
    path("inbox/replies/<int:reply_id>/back/", views.take_back, name="take_mail_back"),
]
