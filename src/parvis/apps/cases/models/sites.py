"""Which place or equipment a request was sent from, by its code."""

from django.db import models

from parvis.apps.catalogue.models import SiteCode


class CaseSite(models.Model):
    """The code from which a request was sent: what bears it, and the number painted on it, as they are today."""

    case = models.OneToOneField("cases.Case", on_delete=models.CASCADE, related_name="site")
    site_code = models.ForeignKey(SiteCode, on_delete=models.PROTECT, related_name="cases")
