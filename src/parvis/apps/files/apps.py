from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "parvis.apps.files"
    label = "files"
