from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "parvis.apps.mail"

    def ready(self) -> None:
        from parvis.lib.jobs import every, job

        every(job("parvis.apps.mail.tasks.give_up"), minutes=15)
        every(job("parvis.apps.mail.tasks.watch_mailboxes"), minutes=5)
