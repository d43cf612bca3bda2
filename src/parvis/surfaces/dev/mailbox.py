"""The demonstration's mailbox: every e-mail that would have been sent, as its recipient would see it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from parvis.apps.mail import queries as mail
from parvis.apps.mail.models import Outgoing

PAGE = 50
# A letter may use inline styles, and its links open in the whole window; nothing in it may run or be fetched.
LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self';"
    " sandbox allow-top-navigation-by-user-activation"
)


def mailbox(request: HttpRequest) -> HttpResponse:
    """The letters, newest first, PAGE at a time; `?before=` is the id of the last one already shown."""
    before = request.GET.get("before", "")
    rows = mail.mailbox(before=int(before) if before.isdecimal() and len(before) < 18 else None, limit=PAGE + 1)  # noqa: PLR2004
    letters, more = rows[:PAGE], len(rows) > PAGE
    older = f"{reverse('dev:mailbox')}?before={letters[-1].pk}" if more else ""
    return render(request, "dev/mail/list.html", {"letters": letters, "older": older, "section": "mail"})


def letter(request: HttpRequest, number: int) -> HttpResponse:
    """One letter: its recipient, its plain text, and its HTML in a sandboxed frame."""
    outgoing = get_object_or_404(Outgoing, pk=number)
    return render(request, "dev/mail/letter.html", {"letter": outgoing, "section": "mail"})


def letter_html(request: HttpRequest, number: int) -> HttpResponse:
    """The HTML of one letter alone, for the frame."""
    html = get_object_or_404(Outgoing, pk=number).html
    page = html.replace("<head>", '<head><base target="_top">', 1)
    return HttpResponse(page, headers={"Content-Security-Policy": LETTER_POLICY})
