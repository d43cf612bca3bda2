from datetime import time

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "parvis.apps.cases"

    def ready(self) -> None:
        from parvis.lib.jobs import daily, every, job, when

        when("residents.address_protection_changed", job("parvis.apps.cases.tasks.index_requests_of"))
        daily(job("parvis.apps.cases.tasks.sign_heads"), at=time(3, 10))
        daily(job("parvis.apps.cases.tasks.look_again_for_new_cases"), at=time(3, 20))
        every(job("parvis.apps.cases.tasks.keep_promises"), minutes=2)
