"""The letters on the site: the list, one letter, the feed."""

from datetime import UTC

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.directory.queries import town
from parvis.apps.mail.rules.written import blocks
from parvis.apps.newsletter.models import Issue
from parvis.apps.newsletter.queries import issues
from parvis.apps.newsletter.rules.blocks import blocks_of
from parvis.lib.errors import or_not_found
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.http_cache import of_the_moment, page


@of_the_moment
def archive(request: HttpRequest) -> HttpResponse:
    """The letters that left, newest first."""
    return page(request, "public/subscribe/archive.html", {"issues": issues.archive(), "public_nav": nav()})


@of_the_moment
def issue(request: HttpRequest, issue_id: int) -> HttpResponse:
    """One letter, as a page of the site."""
    found = or_not_found(issues.archived(issue_id), _("This letter does not exist."))
    language = get_language() or "fr"
    news = [
        {"title": block.title(language), "text": blocks(block.text(language)), "url": block.url}
        for block in blocks_of(found.blocks)
    ]
    context = {"issue": found, "intro": blocks(_intro(found, language)), "news": news, "public_nav": nav()}
    return page(request, "public/subscribe/issue.html", context)


def _intro(found: Issue, language: str) -> str:
    return (found.intro_en if language == "en" else "") or found.intro_fr


@of_the_moment
def feed(request: HttpRequest) -> HttpResponse:
    """The letters as an Atom feed; the identifier of each is its address, which never changes."""
    language, site = get_language() or "fr", settings.PARVIS_URL
    atom = Atom1Feed(
        title=_("The newsletter of %(town)s") % {"town": town().name},
        link=site + reverse("public:newsletter"),
        description="",
        language=f"{language}-CA",
        feed_url=site + request.get_full_path(),
    )
    for one in issues.archive():
        if one.started_at:
            address = issues.archive_url(one)
            atom.add_item(
                title=one.title,
                link=address,
                description=_intro(one, language),
                unique_id=address,
                pubdate=one.started_at.astimezone(UTC),
                updateddate=one.changed_at.astimezone(UTC),
            )
    return HttpResponse(atom.writeString("utf-8"), content_type=Atom1Feed.content_type)
