"""What is remembered of an earlier system, so that bringing its history twice changes nothing.

A case is known again by its key (`cases.services.key_of`); a person, who may have many cases, by a row here.
"""

from django.db import models

from parvis.apps.residents.models import Person


class LegacyPerson(models.Model):
    """Who someone of an earlier system is here. `key` is a hash: of their number there, or of how they were written."""

    key = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
