from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EditorConfig(AppConfig):
    name = "parvis.surfaces.editor"
    verbose_name = _("Standard answers")

    def ready(self) -> None:
        import_module("parvis.surfaces.editor.receivers")
        import_module("parvis.surfaces.editor.review").translate_names()
