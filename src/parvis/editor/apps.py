from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EditorConfig(AppConfig):
    name = "parvis.editor"
    label = "editor"
    verbose_name = _("Standard answers")

    def ready(self) -> None:
        from wagtail.signals import published, unpublished

        from parvis.editor.receivers import answer_changed

        published.connect(answer_changed, dispatch_uid="parvis.editor.published")
        unpublished.connect(answer_changed, dispatch_uid="parvis.editor.unpublished")
