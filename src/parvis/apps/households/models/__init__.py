"""People and households; what is said of someone's health, whom to call, what they consent to; who must not come for a
child.
"""

from parvis.apps.households.models.custody import PickUpRestriction, RestrictionEnding
from parvis.apps.households.models.emergency import EmergencyContact
from parvis.apps.households.models.health import Consent, ConsentPurpose, HealthForm
from parvis.apps.households.models.people import (
    Assurance,
    Claim,
    Household,
    HouseholdLink,
    Individual,
    ResidenceProof,
)

__all__ = [
    "Assurance",
    "Claim",
    "Consent",
    "ConsentPurpose",
    "EmergencyContact",
    "HealthForm",
    "Household",
    "HouseholdLink",
    "Individual",
    "PickUpRestriction",
    "ResidenceProof",
]
