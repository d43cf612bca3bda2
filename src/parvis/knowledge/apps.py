from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "parvis.knowledge"
    label = "knowledge"
