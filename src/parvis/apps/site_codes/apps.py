from django.apps import AppConfig


class SiteCodesConfig(AppConfig):
    name = "parvis.apps.site_codes"
    label = "site_codes"
