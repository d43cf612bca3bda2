from datetime import time

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "parvis.apps.intake"

    def ready(self) -> None:
        from parvis.apps.cases.services.journal import register_kind
        from parvis.apps.intake.services.mail.received import AUTOMATIC, TAKE_IN
        from parvis.apps.intake.services.texts.sent import LINK, WORDS
        from parvis.lib.jobs import daily, every, job, when

        for kind in (AUTOMATIC, LINK, WORDS):
            register_kind(kind)
        when("cases.call_owed", job("parvis.apps.intake.tasks.call_back"))
        when("cases.follower_call_owed", job("parvis.apps.intake.tasks.call_follower"))
        when("cases.entry_erased", job("parvis.apps.intake.tasks.forget_words"))
        when("mail.message_received", TAKE_IN)
        when("telephony.text_received", job("parvis.apps.intake.tasks.take_in_text"))
        when("social.message_received", job("parvis.apps.intake.tasks.take_in_social"))
        when("social.account_died", job("parvis.apps.intake.tasks.tell_dead_accounts"))
        daily(job("parvis.apps.intake.tasks.purge_mail_drafts"), at=time(3, 55))
        daily(job("parvis.apps.intake.tasks.purge_set_aside"), at=time(3, 55))
        daily(job("parvis.apps.intake.tasks.tell_graph_version"), at=time(7, 30))
        every(job("parvis.apps.intake.tasks.chase_alerts"), minutes=1)
        every(job("parvis.apps.intake.tasks.tell_dead_accounts"), minutes=1)
        every(job("parvis.apps.intake.tasks.sweep_social"), minutes=5)
        every(job("parvis.apps.intake.tasks.sweep_calls"), minutes=5)
        every(job("parvis.apps.intake.tasks.sweep_mail"), minutes=5)
        every(job("parvis.apps.intake.tasks.sweep_texts"), minutes=5)
        every(job("parvis.apps.intake.tasks.tell_texts_used_up"), minutes=5)
