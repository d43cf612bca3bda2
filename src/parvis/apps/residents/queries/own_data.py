"""What the town keeps of a resident, for themselves (A-2.1, a. 83): their account and their file, as plain values.

Left out: the notes of the staff, the marks of a sensitive file with their reasons, and who opened the file.
"""

from typing import Any

from parvis.apps.residents.models import Account, Mandate, Membership, Person, PersonAddress, PhoneNumber
from parvis.apps.residents.queries.people import ids_of


def own_account(account: Account) -> dict[str, Any]:
    """{language, made_at, seen_at, emails: [{email, proved_at}]}. Two queries at most."""
    return {
        "language": account.language,
        "made_at": account.created_at,
        "seen_at": account.seen_at,
        "emails": [{"email": row.email, "proved_at": row.proved_at} for row in account.emails.all()],
    }


def own_file(person: Person) -> dict[str, Any]:
    """{name, email, language, reach, made_at, phones, addresses, organisations, mandates, merged} of the file, with the
    rows of those merged into it: `merged` are {name, email, made_at}. Five queries, and one for the main address.

    Nothing but {name, withheld: True} of a sensitive file: someone else may read that mailbox.
    """
    file = person.canonical
    if file.sensitive:
        return {"name": file.name, "withheld": True}
    ids = ids_of(file)
    return {
        "name": file.name,
        "email": file.email,
        "language": file.language,
        "english_ground": file.english_ground,
        "reach": str(file.get_reach_display()),
        "place": file.postal_address,
        "made_at": file.created_at,
        "phones": sorted(set(PhoneNumber.objects.filter(person__in=ids).values_list("number", flat=True))),
        "addresses": [
            {"place": row.label, "role": str(row.get_role_display()), "since": row.since, "until": row.until}
            for row in PersonAddress.objects.filter(person__in=ids).select_related("address__street").order_by("pk")
        ],
        "organisations": [
            {"name": row.organisation.name, "role": str(row.get_role_display()), "since": row.since, "until": row.until}
            for row in Membership.objects.filter(person__in=ids).select_related("organisation").order_by("pk")
        ],
        "mandates": [
            {"name": row.name, "proof": row.proof, "since": row.since, "until": row.until}
            for row in Mandate.objects.filter(person__in=ids).order_by("pk")
        ],
        "merged": [
            {"name": row.name, "email": row.email, "made_at": row.created_at}
            for row in Person.objects.filter(merged_into=file).order_by("pk")
        ],
    }
