"""The Wagtail screens of news, pages, events and council sessions."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, LiveStatusTagColumn
from wagtail.snippets.views.snippets import CreateView, EditView, IndexView, SnippetViewSet, SnippetViewSetGroup

from parvis.apps.news.models import CouncilSession, Event, NewsItem, PlainPage, Publishable
from parvis.lib import quebec
from parvis.surfaces.editor.news import panels
from parvis.surfaces.editor.viewsets import WithoutBulkActions, WithoutUsage


class MomentColumn(Column):
    """A moment, such as "1er juin 2027 à 19 h"."""

    def get_value(self, instance: Any) -> str:
        moment = super().get_value(instance)
        return quebec.moment(timezone.localtime(moment), get_language() or "fr") if moment else ""


class PublishableIndex(WithoutBulkActions, IndexView):
    """A list without checkboxes."""


class NewsIndex(PublishableIndex):
    """The news."""

    add_item_label = _("Write a news item")


class PageIndex(PublishableIndex):
    """The pages."""

    add_item_label = _("Write a page")


class EventIndex(PublishableIndex):
    """The events."""

    add_item_label = _("Add an event")


class SessionIndex(PublishableIndex):
    """The council sessions."""

    add_item_label = _("Add a session")


class PublishableEdit(WithoutUsage, EditView):
    """A change, with its history and its preview."""


class PageCreate(CreateView):
    """A new page; `?slug=` gives its address, and the standard text when there is one."""

    def get_form_kwargs(self) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_form_kwargs()
        if slug := self.request.GET.get("slug", ""):
            kwargs["initial"] = {**(kwargs.get("initial") or {}), "slug": slug[:80]}
        return kwargs


class PublishableViewSet(SnippetViewSet):
    """What every one of these screens shares."""

    edit_view_class = PublishableEdit
    list_per_page = 50
    copy_view_enabled = False
    inspect_view_enabled = False
    search_fields = ["title_fr", "title_en"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Publishable]:
        rows: QuerySet[Publishable] = self.model.objects.select_related("latest_revision")
        return rows


class NewsViewSet(PublishableViewSet):
    """News items."""

    model = NewsItem
    index_view_class = NewsIndex
    icon = "doc-full-inverse"
    menu_label = pgettext_lazy("the town’s", "News")
    menu_name = "news"
    admin_url_namespace = "news"
    base_url_path = "news"
    list_display = [
        "__str__",
        Column("title_en", label=pgettext_lazy("answer", "English")),
        MomentColumn("published_at", label=pgettext_lazy("news", "Published"), sort_key="published_at"),
        MomentColumn("expire_at", label=pgettext_lazy("news", "Until"), sort_key="expire_at"),
        LiveStatusTagColumn(label=pgettext_lazy("answer", "Status")),
    ]
    ordering = ["-pk"]
    edit_handler = panels.NEWS


class PageViewSet(PublishableViewSet):
    """Plain pages."""

    model = PlainPage
    index_view_class = PageIndex
    icon = "doc-empty"
    menu_label = pgettext_lazy("site", "Pages")
    menu_name = "plain-pages"
    admin_url_namespace = "plain_pages"
    base_url_path = "plain-pages"
    add_view_class = PageCreate
    list_display = ["__str__", "slug", LiveStatusTagColumn(label=pgettext_lazy("answer", "Status"))]
    ordering = ["title_fr"]
    edit_handler = panels.PAGE


class EventViewSet(PublishableViewSet):
    """Events."""

    model = Event
    index_view_class = EventIndex
    icon = "calendar-alt"
    menu_label = _("Events")
    menu_name = "events"
    admin_url_namespace = "events"
    base_url_path = "events"
    list_display = [
        "__str__",
        MomentColumn("starts_at", label=_("Begins"), sort_key="starts_at"),
        Column("place_fr", label=_("Place")),
        LiveStatusTagColumn(label=pgettext_lazy("answer", "Status")),
    ]
    ordering = ["-starts_at"]
    edit_handler = panels.EVENT


class SessionViewSet(PublishableViewSet):
    """Council sessions."""

    model = CouncilSession
    index_view_class = SessionIndex
    icon = "group"
    menu_label = _("Council sessions")
    menu_name = "sessions"
    admin_url_namespace = "sessions"
    base_url_path = "sessions"
    list_display = EventViewSet.list_display
    ordering = ["-starts_at"]
    edit_handler = panels.SESSION


class SiteGroup(SnippetViewSetGroup):
    """The entry of the menu that holds them."""

    items = (NewsViewSet, PageViewSet, EventViewSet, SessionViewSet)
    menu_label = _("The site")
    menu_name = "site"
    menu_icon = "site"
    menu_order = 12
