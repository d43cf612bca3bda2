"""The numbers that refuse texts, or calls."""

from django.db import models

NUMBER_REFUSES, NOT_SERVED = "number refuses", "not served"
"""What `error` says of what did not leave because of its number: it refuses, or the town serves none like it."""


class NumberRefusal(models.Model):
    """A number that asked for no more texts (STOP), or for no more calls (key 9).

    Only its digest by the secret key is kept (`queries.refusals.digest`): the refusal holds after an erasure by law,
    and the number cannot be read from it.
    """

    class Medium(models.TextChoices):
        TEXT = "text"
        CALL = "call"

    medium = models.CharField(max_length=4, choices=Medium)
    digest = models.CharField(max_length=64, unique=True, help_text="of the medium and the number")
    at = models.DateTimeField()


Medium = NumberRefusal.Medium
