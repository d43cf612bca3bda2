from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    name = "parvis.workspace"
    label = "workspace"
