"""Tables of staff, departments, absences and API keys, and the Actor who does something."""

from parvis.apps.directory.models.actors import Actor, ActorKind
from parvis.apps.directory.models.staff import (
    Absence,
    AccessLogEntry,
    ApiKey,
    Closure,
    Department,
    Membership,
    Presence,
    RoleChange,
    Town,
    User,
    at_work,
)
