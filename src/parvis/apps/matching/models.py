"""What the engine computed once."""

from django.db import models


class Vector(models.Model):
    """The embedding of one text: float32 bytes, little-endian, by version of the encoder and SHA-256."""

    version = models.CharField(max_length=60)
    digest = models.CharField(max_length=64)
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "digest"], name="one_vector_of_a_text")]
