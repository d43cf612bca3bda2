from typing import Any

from django.db import migrations
from django.db.models import Exists, OuterRef

MOST = 3
BATCH = 500


def bring(apps: Any, schema_editor: Any) -> None:
    """Makes those signed in the forms that hold the contacts of their households, the latest first, three at most.

    An adult with an account signs their own: theirs stays in their form. So does that of who left the household.
    """
    contacts = apps.get_model("households", "EmergencyContact")
    there = apps.get_model("households", "HouseholdLink").objects.filter(
        household=OuterRef("household"), individual=OuterRef("individual"), ended_at=None
    )
    forms = apps.get_model("households", "HealthForm").objects.filter(
        Exists(there), replaced_at=None, destroyed_at=None, individual__account=None
    )
    forms = forms.exclude(contact_phone="").exclude(contact_name="").order_by("household", "-signed_at", "-pk")
    known: dict[int, list[tuple[str, str]]] = {}
    made = []
    fields = ("household", "contact_name", "contact_phone", "signed_at", "signed_by", "taken_by")
    for household, name, phone, signed_at, signed_by, taken_by in forms.values_list(*fields).iterator(BATCH):
        before = known.setdefault(household, [])
        if len(before) >= MOST or any(name.casefold() == other or phone == number for other, number in before):
            continue
        made.append(
            contacts(
                household_id=household,
                position=len(before),
                name=name,
                phone=phone,
                said_at=signed_at,
                said_by_id=signed_by,
                taken_by_id=taken_by,
            )
        )
        before.append((name.casefold(), phone))
    contacts.objects.bulk_create(made, batch_size=BATCH)


class Migration(migrations.Migration):
    dependencies = [("households", "0002_emergency_contacts")]

    operations = [migrations.RunPython(bring, migrations.RunPython.noop)]
