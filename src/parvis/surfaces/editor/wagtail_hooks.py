"""Wagtail hooks: what the editors' space hides of Wagtail, and what it adds."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import include, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.snippets.models import register_snippet

from parvis.apps.content.models import Answer
from parvis.apps.content.queries.answers import EXPIRES_WITHIN, facts_to_mend
from parvis.apps.content.services import fact_review
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.insight.queries import gaps
from parvis.lib import clock
from parvis.surfaces.editor import own_urls
from parvis.surfaces.editor.news.viewsets import SiteGroup
from parvis.surfaces.editor.panels import status_words
from parvis.surfaces.editor.review import register_steps
from parvis.surfaces.editor.viewsets import AnswerViewSet, FactViewSet

SHOWN = frozenset({"answers", "facts", "gaps", "to-mend", "parvis-desk", "parvis-outreach", "site"})
KEPT_PANELS = frozenset({"workflow_objects_to_moderate", "user_objects_in_workflow_moderation"})
LINES = 8

register_snippet(AnswerViewSet)
register_snippet(FactViewSet)
register_snippet(SiteGroup)


class DeskItem(MenuItem):
    """The link to the agents' screens, for users who also take calls or read requests."""

    def is_shown(self, request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, User) and (user.may(Action.TAKE_CONTACT) or user.may(Action.READ_CASE))


@hooks.register("register_admin_menu_item")
def desk_item() -> MenuItem:
    """The link to the user's first staff screen."""
    return DeskItem(_("Calls and requests"), reverse("staff_home"), name="parvis-desk", icon_name="arrow-left")


class OutreachItem(MenuItem):
    """The link to the messages to the public, for users who write or approve them."""

    def is_shown(self, request: HttpRequest) -> bool:
        user = request.user
        return isinstance(user, User) and (user.may(Action.WRITE_MESSAGE) or user.may(Action.APPROVE_MESSAGE))


@hooks.register("register_admin_menu_item")
def outreach_item() -> MenuItem:
    """The link to the desk's page of messages, beside the news."""
    return OutreachItem(
        _("Communications"), reverse("desk:outreach"), name="parvis-outreach", icon_name="arrow-left", order=13
    )


@hooks.register("register_admin_urls")
def own_screens() -> list[Any]:
    """Our own screens, behind the same permissions as Wagtail's."""
    return [path("", include(own_urls, namespace="edition"))]


@hooks.register("register_admin_menu_item")
def gaps_item() -> MenuItem:
    return MenuItem(_("What is missing"), reverse("edition:gaps"), name="gaps", icon_name="help", order=15)


@hooks.register("register_admin_menu_item")
def mend_item() -> MenuItem:
    return MenuItem(_("To mend"), reverse("edition:check"), name="to-mend", icon_name="warning", order=30)


@hooks.register("construct_main_menu")
def keep_what_editors_use(request: HttpRequest, items: list[MenuItem]) -> None:
    """Hides pages, images, documents, reports and settings, which are unused here."""
    items[:] = [item for item in items if item.name in SHOWN]


@hooks.register("construct_homepage_summary_items")
def no_summary(request: HttpRequest, items: list[Any]) -> None:
    """Hides the counts of pages, images and documents."""
    items.clear()


class ToMend(Component):
    """What an editor should look at first: facts about to expire, answers to review, unanswered questions."""

    name = "to_mend"
    template_name = "editor/to_mend.html"
    order = 230  # after Wagtail's panels of pending reviews, 210 and 220

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        today = clock.today()
        facts = facts_to_mend(today)
        lapsing = facts.filter(valid_to__isnull=False)
        answers = Answer.objects.filter(review_on__lte=today + EXPIRES_WITHIN).select_related("owner")
        return {
            "today": today,
            "facts": [(row, status_words(row)) for row in lapsing[:LINES]],
            "examples": facts.filter(example=True).count(),
            "unverified": facts.filter(example=False, verified_on__isnull=True).count(),
            "proposals": len(fact_review.waiting_facts()),
            "gaps": gaps.page_of_open()[0][:LINES],
            "waiting": gaps.count_open(),
            "answers": answers.order_by("review_on")[:LINES],
        }


@hooks.register("construct_homepage_panels")
def what_to_do_first(request: HttpRequest, panels: list[Component]) -> None:
    """Keeps Wagtail's panels of pending reviews, adds ours, and drops its panels about pages."""
    panels[:] = [*(panel for panel in panels if getattr(panel, "name", "") in KEPT_PANELS), ToMend()]


hooks.register("register_log_actions", register_steps, order=100)  # after Wagtail's own


@hooks.register("insert_global_admin_css")
def editor_styles() -> SafeString:
    """Our colours, and the two columns of languages."""
    return format_html('<link rel="stylesheet" href="{}">', static("editor/editor.css"))
