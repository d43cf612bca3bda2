from django.apps import AppConfig


class ResidentsConfig(AppConfig):
    name = "parvis.apps.residents"

    def ready(self) -> None:
        from parvis.lib.jobs import every, job

        every(job("parvis.apps.residents.tasks.forget_codes"), minutes=15)
