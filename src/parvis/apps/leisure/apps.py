from django.apps import AppConfig


class LeisureConfig(AppConfig):
    name = "parvis.apps.leisure"

    def ready(self) -> None:
        from datetime import time

        from parvis.apps.cases.services.signed_logs import CHECKS, LOGS
        from parvis.apps.content.services.content import followed_by
        from parvis.apps.leisure.queries import audiences
        from parvis.apps.leisure.services.retention import RULES
        from parvis.apps.leisure.services.season_facts import why_not_typed
        from parvis.apps.leisure.services.signed_steps import STEPS, STEPS_LOG, check_steps
        from parvis.apps.outreach.rules.audiences import AUDIENCES
        from parvis.apps.retention.queries.registry import register
        from parvis.lib.jobs import daily, every, job, when

        register(RULES)

        when("billing.invoice_paid", job("parvis.apps.leisure.tasks.confirm_paid"))
        when("billing.attempt_ended", job("parvis.apps.leisure.tasks.free_unpaid"))
        when("billing.attempt_refused", job("parvis.apps.leisure.tasks.note_refusal"))
        when("billing.attempt_sent", job("parvis.apps.leisure.tasks.note_attempt"))
        every(job("parvis.apps.leisure.tasks.sweep_places"), minutes=1)
        every(job("parvis.apps.leisure.tasks.run_lines"), minutes=1)
        every(job("parvis.apps.leisure.tasks.tell_openings"), minutes=10)
        daily(job("parvis.apps.leisure.tasks.reconcile_nights"), at=time(4))
        daily(job("parvis.apps.leisure.tasks.remind_health_forms"), at=time(9))
        followed_by.append(why_not_typed)
        LOGS[STEPS] = STEPS_LOG
        CHECKS.append(check_steps)
        AUDIENCES[audiences.KIND] = audiences.GROUP
