"""The letters of an issue: rendered once for each language, then completed for each recipient."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from html import escape
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from parvis.apps.directory.models import Town
from parvis.apps.directory.queries import town
from parvis.apps.mail.letters import Letter
from parvis.apps.mail.rules.written import blocks as paragraphs
from parvis.apps.newsletter.models import Issue, Subscription
from parvis.apps.newsletter.queries.issues import archive_url
from parvis.apps.newsletter.rules.blocks import blocks_of
from parvis.apps.newsletter.rules.week import Day, Week
from parvis.lib import clock, quebec

# Completed for each recipient; nobody writes them in an issue.
LEAVE, CHOICES, WEEK, SINCE = ("parvis:leave", "parvis:choices", "parvis:week", "parvis:since")
PLACE, PAGE = "parvis:place", "parvis:page"
SNOW = (11, 12, 1, 2, 3)  # months when the drawing of the village under snow is true
FONT = mark_safe("'Atkinson Hyperlegible Next','Atkinson Hyperlegible',Verdana,Arial,sans-serif")  # noqa: S308
DARK = "@media (prefers-color-scheme: dark)"


@dataclass(frozen=True)
class Personal:
    """What differs from one recipient to the next. `since`: the day when they confirmed."""

    leave_url: str
    choices_url: str
    since: date | None = None
    week: Week | None = None


@dataclass(frozen=True)
class Prepared:
    """The letter of an issue in one language, with LEAVE, CHOICES, WEEK and SINCE for a recipient's own words."""

    subject: str
    text: str
    html: str
    language: str

    @property
    def can_be_left(self) -> bool:
        """Whether every form of it holds the way out."""
        return LEAVE in self.text and LEAVE in self.html


def language_for(issue: Issue, wanted: str) -> str:
    """The language in which an issue goes to someone who reads `wanted`.

    English where the town offers it to everyone, and in alerts of health and safety, if the issue has an English
    text.
    """
    offered = issue.kind == Subscription.Kind.ALERTS or town().english == Town.English.OPEN
    return "en" if wanted == "en" and issue.title_en and offered else "fr"


def prepared(issue: Issue, language: str) -> Prepared:
    """The letter of an issue in a language."""
    with translation.override(language):
        values = _values(issue, language)
        text: str = render_to_string("newsletter/letter.txt", values)
        html = render_to_string("newsletter/letter.html", values)
    text = re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip() + "\n"
    return Prepared(values["title"], text, html, language)


def completed(letter: Prepared, personal: Personal) -> Letter:
    """The letter for one recipient."""
    with translation.override(letter.language):
        since = _since(personal.since, letter.language)
    told, shown = _week(personal.week, letter.language) if personal.week else ("", "")
    return Letter(
        letter.subject,
        _fill(letter.text, {LEAVE: personal.leave_url, CHOICES: personal.choices_url, WEEK: told, SINCE: since}),
        _fill(
            letter.html,
            {
                LEAVE: escape(personal.leave_url),
                CHOICES: escape(personal.choices_url),
                WEEK: shown,
                SINCE: escape(since),
            },
        ),
    )


def test_letter(issue_id: int, language: str) -> Letter:
    """An issue as a test, to who writes it: nothing in it leaves or changes anything."""
    issue = Issue.objects.get(pk=issue_id)
    url = f"{settings.PARVIS_URL}/desk/newsletter/{issue_id}/"
    letter = completed(prepared(issue, language), Personal(url, url, clock.today(), sample_week(language)))
    with translation.override(language):
        return replace(letter, subject=_("[Test] %(subject)s") % {"subject": letter.subject})


def alert_test_letter(values: Mapping[str, str], language: str) -> Letter:
    """The letter of an alert as a test, of words that no issue holds; nothing in it leaves or changes anything."""
    issue = Issue(kind=Subscription.Kind.ALERTS, **values)
    url = f"{settings.PARVIS_URL}/desk/outreach/"
    letter = completed(prepared(issue, language), Personal(url, url, clock.today()))
    with translation.override(language):
        return replace(letter, subject=_("[Test] %(subject)s") % {"subject": letter.subject})


def sample_week(language: str) -> Week:
    """The week that a preview shows: an example, said to be one."""
    with translation.override(language):
        days = [Day(quebec.day_short(clock.today(), language).capitalize(), _("Example of a collection"))]
        return Week(_("your street"), days, f"{settings.PARVIS_URL}/mon-adresse/")


def darkened(html: str) -> str:
    """The letter as a mail program in the dark shows it."""
    return html.replace(DARK, "@media all")


def local_pictures(html: str) -> str:
    """The letter with the pictures of the address that shows it, whatever PARVIS_URL is."""
    return html.replace(f'src="{settings.PARVIS_URL}/', 'src="/')


def _fill(content: str, values: Mapping[str, str]) -> str:
    for mark, value in values.items():
        content = content.replace(mark, value)
    return content


def _week(week: Week, language: str) -> tuple[str, str]:
    """The week of a reader, in plain text and in HTML."""
    told, shown = _days(tuple(week.days), language)
    values = {PLACE: week.place, PAGE: week.url}
    return _fill(told, values), _fill(shown, {mark: escape(value) for mark, value in values.items()})


@lru_cache(maxsize=64)
def _days(days: Sequence[Day], language: str) -> tuple[str, str]:
    """The week of every address of a sector, in plain text and in HTML, with PLACE and PAGE where they differ."""
    values = {"week": Week(PLACE, days, PAGE), "language": language, "font": FONT}
    with translation.override(language):
        told: str = render_to_string("newsletter/week.txt", values)
        return told.strip() + "\n", render_to_string("newsletter/week.html", values)


def _since(day: date | None, language: str) -> str:
    if day is None:
        return _("You receive this letter because you asked for it.")
    when = quebec.day_of_month(day, language, year=True)
    return _("You receive this letter because you asked for it on %(day)s.") % {"day": when}


def _values(issue: Issue, language: str) -> dict[str, Any]:
    english = language == "en"
    place, title = town(), issue.title_en if english and issue.title_en else issue.title_fr
    intro = issue.intro_en if english and issue.intro_en else issue.intro_fr
    sent: datetime = issue.started_at or issue.starts_at or clock.now()
    day = timezone.localtime(sent).date()
    news = [
        {"title": block.title(language), "text": paragraphs(block.text(language)), "url": block.url}
        for block in blocks_of(issue.blocks)
    ]
    alert = issue.kind == Subscription.Kind.ALERTS
    site = settings.PARVIS_URL
    return {
        "title": title,
        "intro": paragraphs(intro),
        "plain_intro": intro.strip(),
        "url": issue.url,
        "news": news,
        "alert": alert,
        "day": quebec.day(day, language),
        "archive": "" if alert else archive_url(issue),
        "drawings": not alert and day.month in SNOW,
        "drawing": site + static("newsletter/winter.png"),
        "drawing_dark": site + static("newsletter/winter-night.png"),
        "sender": issue.sender,
        "postal_address": issue.postal_address,
        "phone": quebec.phone(place.phone, language),
        "email": place.email,
        "language": language,
        "colon": ":" if english else "\u00a0:",
        "site": site,
        "font": FONT,
        "marks": {"leave": LEAVE, "choices": CHOICES, "week": WEEK, "since": SINCE},
    }
