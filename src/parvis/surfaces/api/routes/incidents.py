"""Incidents in force."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_noop
from ninja import Router

from parvis.apps.cases.queries import incidents
from parvis.surfaces.api import schemas
from parvis.surfaces.api.gate import anyone

router = Router()


@router.get(
    "/incidents",
    **anyone(),
    response={200: schemas.IncidentsOut, **schemas.errors(401, 429)},
    summary=gettext_noop("The incidents in force"),
    description=gettext_noop("One cause that many people report, as the site says it, the newest first."),
)
def list_incidents(request: HttpRequest) -> Any:
    return {
        "items": [
            {
                "id": row.incident.pk,
                "title": row.notice.title,
                "place": row.notice.place,
                "words": row.notice.say,
                "news": row.notice.news,
                "news_at": row.notice.news_at,
                "until": row.notice.until,
                "opened_at": row.incident.opened_at,
            }
            for row in incidents.all_shown()
            if row.incident.public_at
        ]
    }
