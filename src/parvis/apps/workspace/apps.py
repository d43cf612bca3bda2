from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    name = "parvis.apps.workspace"
    label = "workspace"
