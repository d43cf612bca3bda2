"""Sectors, streets and their segments, civic addresses, and property units of the assessment roll."""

from django.db import models

from parvis.lib.i18n.localized import localized


class Sector(models.Model):
    """An area of the town: a collection sector, a district."""

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


class Segment(models.Model):
    """Assigns a sector to a range of civic numbers of a street, even, odd or both.

    Unlike a polygon, it can put the two sides of a street at the edge of a sector in different sectors.
    """

    class Parity(models.TextChoices):
        ALL = "all"
        ODD = "odd"
        EVEN = "even"

    street = models.ForeignKey(Street, on_delete=models.CASCADE, related_name="segments")
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    parity = models.CharField(max_length=4, choices=Parity, default=Parity.ALL)
    side = models.CharField(max_length=5, blank=True, help_text="left or right, as the numbers grow; may be empty")
    sector = models.ForeignKey(Sector, on_delete=models.CASCADE, related_name="segments")
    example = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["street", "first", "last", "parity", "sector"], name="one_segment_once"),
        ]

    def __str__(self) -> str:
        return f"{self.street_id} {self.first}-{self.last} {self.parity}"


class MapShape(models.Model):
    """What the town draws on its map beyond its addresses: water, parks, the line of a street, a landmark.

    `geometry` is GeoJSON (longitude then latitude): areas or lines of water, areas of a park, the MultiLineString of a
    street, the point of a landmark.
    """

    class Kind(models.TextChoices):
        WATER = "water"
        PARK = "park"
        STREET = "street"
        LANDMARK = "landmark"

    class Road(models.TextChoices):
        """How wide a street is drawn, in the words of the Protomaps schema."""

        HIGHWAY = "highway"
        MAJOR = "major_road"
        MINOR = "minor_road"
        PATH = "path"

    kind = models.CharField(max_length=10, choices=Kind)
    slug = models.SlugField(max_length=120)
    name_fr = models.CharField(max_length=120, blank=True)
    name_en = models.CharField(max_length=120, blank=True)
    other_names = models.JSONField(default=list, help_text="other names by which people call it")
    street = models.ForeignKey(Street, null=True, on_delete=models.CASCADE, related_name="shapes")
    road = models.CharField(max_length=10, choices=Road, blank=True)
    geometry = models.JSONField()
    example = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "slug"], name="one_shape_once")]

    def __str__(self) -> str:
        return localized(self, "name") or self.slug


class NeighbouringTown(models.Model):
    """Another town beside this one, which a place outside may be in, and how to reach it.

    `area` is a GeoJSON Polygon or MultiPolygon (longitude then latitude); {} when it is not known.
    """

    slug = models.SlugField(max_length=80, unique=True)
    name_fr = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    phone = models.CharField(max_length=20, blank=True)
    url = models.URLField(blank=True)
    area = models.JSONField(default=dict)
    source_title = models.CharField(max_length=200, blank=True)
    source_url = models.URLField(blank=True)
    example = models.BooleanField(default=False, help_text="its area was invented")

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Its name in the active language."""
        return localized(self, "name")


class Address(models.Model):
    """A civic address. It keeps its primary key through every load, so that references to it stay valid."""

    civic = models.PositiveIntegerField()
    suffix = models.CharField(max_length=5, blank=True)
    unit = models.CharField(max_length=10, blank=True)
    street = models.ForeignKey(Street, on_delete=models.PROTECT, related_name="addresses", db_index=False)
    postal = models.CharField(max_length=7, blank=True, db_index=True)
    sector = models.ForeignKey(Sector, null=True, blank=True, on_delete=models.SET_NULL, related_name="addresses")
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    flags = models.JSONField(default=list, help_text="riverain, agricole, jumele, isole, aqueduc, egout")
    key = models.CharField(max_length=160, help_text="'civic street unit', without accents, in lower case")
    from_file = models.BooleanField(default=False, help_text="came by load-addresses; load-town leaves it alone")
    example = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["civic", "suffix", "unit", "street"], name="one_address_once"),
        ]
        indexes = [
            models.Index(fields=["latitude", "longitude"], name="address_at"),
            models.Index(fields=["street", "civic"], name="address_on_street"),
            models.Index(fields=["key"], name="address_key"),
        ]

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


class PropertyUnit(models.Model):
    """A unit of the assessment roll, without its owner. Values in whole dollars; None when absent from the roll."""

    class Link(models.IntegerChoices):
        """How the building adjoins its neighbours (RL0309A)."""

        DETACHED = 1
        SEMI_DETACHED = 2
        ROW_END = 3
        ROW = 4
        INTEGRATED = 5

    matricule = models.CharField(max_length=18, unique=True, help_text="the 18 digits that a bank asks for")
    year = models.PositiveSmallIntegerField(help_text="first year of the roll")
    cubf = models.CharField(max_length=4, blank=True, help_text="predominant use")
    lots = models.JSONField(default=list, help_text="lots of the cadastre")
    frontage = models.DecimalField(max_digits=10, decimal_places=2, null=True, help_text="metres")
    lot_area = models.DecimalField(max_digits=14, decimal_places=2, null=True, help_text="square metres")
    storeys = models.PositiveSmallIntegerField(null=True)
    built = models.PositiveSmallIntegerField(null=True, help_text="year of construction")
    floor_area = models.DecimalField(max_digits=12, decimal_places=2, null=True, help_text="square metres")
    link = models.PositiveSmallIntegerField(null=True, choices=Link)
    dwellings = models.PositiveSmallIntegerField(null=True)
    market_date = models.DateField(null=True)
    land = models.BigIntegerField(null=True)
    building = models.BigIntegerField(null=True)
    total = models.BigIntegerField(null=True)
    previous_total = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return self.matricule


class PropertyAddress(models.Model):
    """An address of a property unit, as written in the roll; `address` is the town's matching one, if any."""

    unit = models.ForeignKey(PropertyUnit, on_delete=models.CASCADE, related_name="places")
    rank = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=160, help_text="as the roll writes it")
    address = models.ForeignKey(Address, null=True, on_delete=models.SET_NULL, related_name="properties")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "rank"], name="one_place_of_a_unit_once")]

    def __str__(self) -> str:
        return self.text
