"""What the editor's space shows of Wagtail, and what it adds."""

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

from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.insight import gaps
from parvis.apps.knowledge import fact_review, queries
from parvis.apps.knowledge.models import Answer
from parvis.lib import clock
from parvis.surfaces.editor import own_urls
from parvis.surfaces.editor.panels import status_words
from parvis.surfaces.editor.review import tell_steps
from parvis.surfaces.editor.viewsets import AnswerViewSet, FactViewSet

SHOWN = frozenset({"answers", "facts", "gaps", "to-mend", "parvis-desk"})
KEPT_PANELS = frozenset({"workflow_objects_to_moderate", "user_objects_in_workflow_moderation"})
LINES = 8

register_snippet(AnswerViewSet)
register_snippet(FactViewSet)


class DeskItem(MenuItem):
    """The way back to the other screens of the house, for those who work there too."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether calls or requests are this person's work as well."""
        user = request.user
        return isinstance(user, User) and (user.may(Action.TAKE_CONTACT) or user.may(Action.READ_CASE))


@hooks.register("register_admin_menu_item")
def desk_item() -> MenuItem:
    """The item leads to the person's first screen."""
    return DeskItem(_("Calls and requests"), reverse("staff_home"), name="parvis-desk", icon_name="arrow-left")


@hooks.register("register_admin_urls")
def own_screens() -> list[Any]:
    """The screens of ours, behind the same doors as Wagtail's."""
    return [path("", include(own_urls, namespace="edition"))]


@hooks.register("register_admin_menu_item")
def gaps_item() -> MenuItem:
    """What the answers miss."""
    return MenuItem(_("What is missing"), reverse("edition:gaps"), name="gaps", icon_name="help", order=15)


@hooks.register("register_admin_menu_item")
def mend_item() -> MenuItem:
    """What must be mended."""
    return MenuItem(_("To mend"), reverse("edition:check"), name="to-mend", icon_name="warning", order=30)


@hooks.register("construct_main_menu")
def keep_what_editors_use(request: HttpRequest, items: list[MenuItem]) -> None:
    """Pages, images, documents, reports and settings have no use here."""
    items[:] = [item for item in items if item.name in SHOWN]


@hooks.register("construct_homepage_summary_items")
def no_summary(request: HttpRequest, items: list[Any]) -> None:
    """Counts of pages, images and documents mean nothing here."""
    items.clear()


class ToMend(Component):
    """What an editor should look at first: facts that lapse, answers to review, what people ask and do not find."""

    name = "to_mend"
    template_name = "editor/to_mend.html"
    order = 230  # Wagtail sorts the panels: those of what waits for review are 210 and 220

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        today = clock.today()
        facts = queries.facts_to_mend(today)
        lapsing = facts.filter(valid_to__isnull=False)
        answers = Answer.objects.filter(review_on__lte=today + queries.EXPIRES_WITHIN).select_related("owner")
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
    """After what waits for review, Wagtail's own; without its panels about pages."""
    panels[:] = [*(panel for panel in panels if getattr(panel, "name", "") in KEPT_PANELS), ToMend()]


hooks.register("register_log_actions", tell_steps, order=100)  # after Wagtail's own


@hooks.register("insert_global_admin_css")
def house_colours() -> SafeString:
    """The house's colours and the two columns of languages."""
    return format_html('<link rel="stylesheet" href="{}">', static("editor/editor.css"))
