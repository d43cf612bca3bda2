"""What people and staff hand over: photos, for now."""

import uuid

from django.db import models

from parvis.directory.models import User


class Attachment(models.Model):
    """One file kept, under a name that cannot be guessed; its bytes are in the `received` storage."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200, help_text="as it was called by who sent it")
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64)
    stored = models.CharField(max_length=120, help_text="path in the storage")
    added_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField()
