from django.apps import AppConfig


class VoiceConfig(AppConfig):
    name = "parvis.apps.voice"
    label = "voice"
