"""The catalogue of subjects, with their questions, example questions and routing rules; the codes of places."""

from parvis.apps.catalogue.models.site_codes import DailyOpenings, SiteCode
from parvis.apps.catalogue.models.subjects import (
    Audience,
    Channel,
    ExampleQuestion,
    Group,
    Nature,
    Question,
    RoutingRule,
    Subject,
)
