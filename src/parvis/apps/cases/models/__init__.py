"""Tables of cases, their journal, incidents, batches and saved views."""

from parvis.apps.cases.models.batches import Batch, BatchItem
from parvis.apps.cases.models.cases import (
    PROGRAM,
    Case,
    CaseLink,
    CaseNumber,
    CaseSite,
    Checkpoint,
    ClosingReason,
    Entry,
    EntryFile,
    Opinion,
    PaperLetter,
    State,
)
from parvis.apps.cases.models.citizens import AccountCase, CaseNotification
from parvis.apps.cases.models.incidents import FollowerNotification, Incident, IncidentDecision, Report, Update
from parvis.apps.cases.models.publishing import Publication, PublicPhoto
from parvis.apps.cases.models.views import MOST_OF_A_PERSON, SavedView
