"""Where things are: sectors, streets and civic addresses."""

from django.db import models

from parvis.lib.localized import localized


class Sector(models.Model):
    """A part of the town: a collection sector, a district."""

    slug = models.SlugField(unique=True)
    kind = models.CharField(max_length=20)
    name_fr = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    polygon = models.JSONField(null=True, help_text="GeoJSON geometry, longitude then latitude (WGS 84)")
    example = models.BooleanField(default=False)

    def __str__(self) -> str:
        return localized(self, "name")


class Street(models.Model):
    """A street, and who owns the roadway."""

    class Owner(models.TextChoices):
        TOWN = "town"
        MTMD = "mtmd"
        PRIVATE = "private"

    name = models.CharField(max_length=120, unique=True)
    key = models.CharField(max_length=120, db_index=True, help_text="name without accents, in lower case")
    owner = models.CharField(max_length=10, choices=Owner, default=Owner.TOWN)
    note = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.name


class Address(models.Model):
    """One civic address. `key` is what completion matches: 'civic street', without accents, in lower case."""

    civic = models.PositiveIntegerField()
    suffix = models.CharField(max_length=5, blank=True)
    unit = models.CharField(max_length=10, blank=True)
    street = models.ForeignKey(Street, on_delete=models.PROTECT, related_name="addresses")
    postal = models.CharField(max_length=7, blank=True)
    sector = models.ForeignKey(Sector, null=True, blank=True, on_delete=models.SET_NULL, related_name="addresses")
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    flags = models.JSONField(default=list, help_text="riverain, agricole, jumele, isole, aqueduc, egout")
    key = models.CharField(max_length=160, db_index=True)
    street_key = models.CharField(
        max_length=140, db_index=True, help_text="street then civic, for completion by street"
    )
    example = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["civic", "suffix", "unit", "street"], name="one_address_once"),
        ]
        indexes = [models.Index(fields=["latitude", "longitude"], name="address_at")]

    def __str__(self) -> str:
        return self.label

    @property
    def point(self) -> tuple[float, float] | None:
        """Latitude and longitude, when they are known."""
        return None if self.latitude is None or self.longitude is None else (self.latitude, self.longitude)

    @property
    def label(self) -> str:
        """The address in local form: '2480, chemin Bellevue', the unit after it. Reads `street`."""
        unit = f", app. {self.unit}" if self.unit else ""
        return f"{self.civic}{self.suffix}, {self.street.name}{unit}"
