"""Queries on stored files."""

import hashlib
import uuid
from datetime import datetime

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import storages
from django.db.models import Exists, ManyToOneRel, OuterRef, QuerySet
from django.utils.translation import gettext as _

from parvis.apps.files.models import Attachment
from parvis.lib.errors import NotFound


def open_file(key: uuid.UUID | str) -> Attachment:
    """The attachment with this key, for `files.web.respond`. Raises NotFound. The caller checks access."""
    try:
        attachment = Attachment.objects.filter(key=uuid.UUID(str(key))).first()
    except ValueError:
        attachment = None
    if attachment is None:
        raise NotFound(_("This file does not exist."))
    return attachment


def unused(before: datetime) -> QuerySet[Attachment]:
    """The attachments added before a moment that no row of any table refers to."""
    rows = Attachment.objects.filter(added_at__lt=before)
    for relation in Attachment._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel):
            users = relation.related_model._meta.base_manager.filter(**{relation.field.name: OuterRef("pk")})
            rows = rows.filter(~Exists(users))
    return rows


def digest_of(attachment: Attachment) -> str:
    """The hex SHA-256 of the stored bytes; "" when they are missing or cannot be read."""
    digest = hashlib.sha256()
    try:
        with storages["received"].open(attachment.stored) as stream:
            for chunk in stream.chunks():
                digest.update(chunk)
    except (OSError, SuspiciousFileOperation):
        return ""
    return digest.hexdigest()


def storage_trouble() -> str:
    """Why the storage of received files cannot be used, in a sentence; "" when it can, as a folder always."""
    trouble = getattr(storages["received"], "trouble", None)
    return str(trouble()) if trouble else ""
