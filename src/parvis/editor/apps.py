from django.apps import AppConfig


class EditorConfig(AppConfig):
    name = "parvis.editor"
    label = "editor"
