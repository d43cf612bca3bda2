from django.apps import AppConfig


class InsightConfig(AppConfig):
    name = "parvis.apps.insight"

    def ready(self) -> None:
        from parvis.lib.jobs import every, job

        every(job("parvis.apps.insight.tasks.keep_baseline"), minutes=60)
        every(job("parvis.apps.insight.tasks.gather_gaps"), minutes=2)
