"""URLs of the personal workspace: one's own work, live updates of a case, drafts, follow-ups, snippets."""

from django.urls import URLPattern, path

from parvis.surfaces.desk.case import draft_views as case_draft_views
from parvis.surfaces.desk.case import live_views, side_panels
from parvis.surfaces.desk.queue import mine_views, snippet_views

_CASE = "cases/<str:reference>"

patterns: list[URLPattern] = [
    path("mine/", mine_views.mine, name="mine"),
    path("mine/news", mine_views.news, name="mine_news"),
    path("mine/mentions/<int:mention_id>/read/", mine_views.read_mention, name="read_mention"),
    path("mine/later/<int:follow_up_id>/end/", mine_views.end_follow_up, name="end_follow_up"),
    path("mine/later/<int:follow_up_id>/resume/", mine_views.resume_follow_up, name="resume_follow_up"),
    path(f"{_CASE}/live", live_views.live, name="case_live"),
    path(f"{_CASE}/leave", live_views.leave, name="case_leave"),
    path(f"{_CASE}/draft/<slug:name>/", case_draft_views.keep, name="case_draft"),
    path(f"{_CASE}/draft/<slug:name>/discard/", case_draft_views.discard, name="discard_case_draft"),
    path(f"{_CASE}/draft/<slug:name>/restore/", case_draft_views.restore, name="restore_case_draft"),
    path(f"{_CASE}/undo/<int:seq>/", live_views.undo, name="undo"),
    path(f"{_CASE}/colleagues", live_views.colleagues, name="colleagues"),
    path(f"{_CASE}/later/", side_panels.later, name="later"),
    path(f"{_CASE}/side/file", side_panels.file, name="side_file"),
    path(f"{_CASE}/side/map", side_panels.plan, name="side_map"),
    path(f"{_CASE}/side/more", side_panels.more, name="case_more"),
    path("snippets/", snippet_views.snippets, name="snippets"),
    path("snippets/pick", snippet_views.pick, name="pick_snippet"),
    path("snippets/new/", snippet_views.snippet, name="new_snippet"),
    path("snippets/<int:snippet_id>/", snippet_views.snippet, name="snippet"),
    path("snippets/<int:snippet_id>/drop/", snippet_views.drop, name="drop_snippet"),
    path("snippets/<int:snippet_id>/restore/", snippet_views.restore, name="restore_snippet"),
]
