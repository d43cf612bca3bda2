from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "parvis.apps.directory"
    label = "directory"
