from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NewsConfig(AppConfig):
    name = "parvis.apps.news"
    verbose_name = _("News and pages")
