"""Identities from legacy systems, so that importing the same data twice changes nothing.

A case is recognised by its key (`legacy_cases.key_of`); a person, who may have many cases, by a row here.
"""

from django.db import models

from parvis.apps.residents.models import Person


class LegacyPerson(models.Model):
    """Maps a person of a legacy system to ours. `key` is a hash of their number there, or of their details."""

    key = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
