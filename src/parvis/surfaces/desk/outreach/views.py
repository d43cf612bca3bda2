"""The hub of the messages: what is live, to approve, scheduled; the calendar; starting one; the English used."""

import csv
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.cases.queries import incidents
from parvis.apps.directory.queries import language_rule
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.newsletter.queries.issues import awaited
from parvis.apps.outreach.models import Template
from parvis.apps.outreach.queries import messages
from parvis.apps.outreach.queries.figures import DRILL_EACH
from parvis.apps.outreach.services import templates
from parvis.apps.outreach.services.drafts import start_message
from parvis.apps.schedules.models import Declaration
from parvis.apps.schedules.queries.works import works_by_id
from parvis.lib import clock
from parvis.lib.ingest.csv_files import escape_csv_formula
from parvis.surfaces.desk.gate import agent_of, password_again, requires
from parvis.surfaces.desk.outreach import sources
from parvis.surfaces.desk.outreach.forms import NewForm
from parvis.ui.messages import done

OTHERS = (  # who sees it, its page, its icon, its name
    (Action.READ_ANSWERS, "desk:panels", "monitor", _("Panels")),
    (Action.MANAGE_PANELS, "desk:panel_requests", "inbox", _("Requests of bodies")),
    (Action.WRITE_NEWSLETTER, "desk:newsletter", "mail", _("Newsletter")),
    (Action.ENROL_SUBSCRIBER, "desk:subscribers", "users", _("Subscribers")),
    (Action.WRITE_NEWSLETTER, "desk:deliverability", "shield-check", _("Are our letters believed?")),
    (Action.SEE_CHANNELS, "desk:social", "message-circle", _("Social networks")),
    (Action.EDIT_ANSWER, "news:list", "newspaper", _("News of the site")),
)


@requires(Action.READ_ANSWERS, "GET")
def hub(request: HttpRequest) -> HttpResponse:
    """The messages under way, by what is to be done; those that are over below."""
    past, after = messages.page(request.GET.get("after", ""))
    user, last = agent_of(request), messages.last_drill_at()
    issues = sum(user.pk not in writers for writers in awaited()) if user.may_everywhere(Action.APPROVE_MESSAGE) else 0
    context = {
        "hub": messages.hub(),
        "past": past,
        "after": f"?after={after}" if after else "",
        "may_write": user.may_everywhere(Action.WRITE_MESSAGE),
        "may_approve": user.may_everywhere(Action.APPROVE_MESSAGE),
        "drill_due": last is None or last < clock.now() - DRILL_EACH,
        "last_drill_at": last,
        "templates": messages.templates() if user.may_everywhere(Action.WRITE_MESSAGE) else [],
        "drill_key": uuid4().hex,
        "others": [
            (reverse(name), label, icon, issues if name == "desk:newsletter" else 0)
            for action, name, icon, label in OTHERS
            if user.may(action)
        ],
        "section": "outreach",
    }
    return render(request, "desk/outreach/hub.html", context)


@requires(Action.READ_ANSWERS, "GET")
def calendar(request: HttpRequest) -> HttpResponse:
    """A month of messages, day by day."""
    first = _month(request.GET.get("month", ""))
    after = (first + timedelta(days=32)).replace(day=1)
    rows = messages.calendar(first, after)
    days: dict[Any, list[Any]] = {}
    for row in rows:
        begins = max(row.published_at or row.starts_at or row.changed_at, first)
        days.setdefault(timezone.localtime(begins).date(), []).append(row)
    context = {
        "days": sorted(days.items()),
        "first": first,
        "before": f"{(first - timedelta(days=1)):%Y-%m}",
        "after": f"{after:%Y-%m}",
        "today": clock.today(),
        "section": "outreach",
    }
    return render(request, "desk/outreach/calendar.html", context)


def _month(text: str) -> datetime:
    try:
        day = datetime.strptime(text, "%Y-%m")  # noqa: DTZ007
    except ValueError:
        day = timezone.localtime(clock.now()).replace(tzinfo=None)
    return timezone.make_aware(day.replace(day=1, hour=0, minute=0, second=0, microsecond=0))


@requires(Action.WRITE_MESSAGE, "GET", "POST")
def new(request: HttpRequest) -> HttpResponseBase:
    """Starts a message: from nothing, from a template, or from what is given in the address."""
    form = NewForm(request.POST or None, initial={"key": uuid4().hex, **request.GET.dict()})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        source = sources.of(
            incident=incidents.by_id(values["incident"]) if values["incident"] else None,
            notice=works_by_id(values["notice"]) if values["notice"] else None,
            night=Declaration.objects.filter(pk=values["night"]).first() if values["night"] else None,
        )
        template = Template.objects.filter(pk=values["template"] or 0, deleted_at=None).first()
        if template:
            draft = templates.draft_from(template, drill=values["drill"])
        else:
            draft = replace(source.draft, drill=values["drill"])
        message = start_message(key=values["key"], draft=draft, by=agent_of(request), **source.origin)
        return redirect("desk:compose_message", message.pk)
    context = {"form": form, "templates": messages.templates(), "section": "outreach"}
    return render(request, "desk/outreach/new.html", context)


@requires(Action.WRITE_MESSAGE, "POST")
def delete_template(request: HttpRequest, template_id: int) -> HttpResponseBase:
    """Removes a template."""
    templates.delete_template(template_id=template_id, by=agent_of(request))
    done(request, gettext("Template removed."), undo_url=reverse("desk:restore_message_template", args=[template_id]))
    return redirect("desk:new_message")


@requires(Action.WRITE_MESSAGE, "POST")
def restore_template(request: HttpRequest, template_id: int) -> HttpResponseBase:
    """Puts a template back."""
    templates.delete_template(template_id=template_id, deleted=False, by=agent_of(request))
    return redirect("desk:new_message")


@requires(Action.WRITE_MESSAGE, "GET")
@password_again
def english_reasons(request: HttpRequest) -> HttpResponse:
    """The messages published with English in the last five years, and why, as a spreadsheet (CSV)."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="english.csv"'
    response.write("\ufeff")
    table = csv.writer(response, delimiter=";")
    table.writerow(
        [
            gettext("Published"),
            gettext("Title"),
            gettext("Kind"),
            gettext("Reason for English"),
            gettext("Channels"),
            gettext("By"),
        ]
    )
    names = dict(language_rule().choices("fr"))
    moment = clock.now()
    for row in messages.reasons_for_english(moment - timedelta(days=5 * 366), moment):
        reason = names.get(row["reason"], row["reason"]) or gettext("health, safety, or the town's rule")
        when = f"{timezone.localtime(row['published_at']):%Y-%m-%d %H:%M}"
        cells = [when, row["title"], str(row["kind"]), str(reason), ", ".join(row["channels"]), row["by"]]
        table.writerow([escape_csv_formula(cell) for cell in cells])
    return response
