"""What leaves by text: what it costs, and the pause of a manager."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext_lazy, pgettext

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.telephony.models import SendingDecision
from parvis.apps.telephony.queries import texts as queries
from parvis.apps.telephony.services.texts.pausing import decide_sending
from parvis.lib import quebec
from parvis.lib.clock import today
from parvis.lib.i18n.languages import clean
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.ui.messages import done, refused

DAYS = 14  # shown one by one
Mode = SendingDecision.Mode
WORDS = {
    Mode.ALL: gettext_lazy("Texts leave again. Those that were held leave within a minute."),
    Mode.DANGER: gettext_lazy("Texts are paused. Only those that tell of a danger leave."),
    Mode.NONE: gettext_lazy("Every text is stopped, those of a danger too."),
}


def spend(user: User) -> dict[str, Any] | None:
    """What the section of the texts shows; None where the town sends none."""
    if not queries.enabled():
        return None
    month, decisions = today().replace(day=1), queries.decisions()
    mode = Mode(decisions[0].mode) if decisions else Mode.ALL
    days = queries.spend_by_day(min((month - timedelta(days=1)).replace(day=1), today() - timedelta(days=DAYS)))
    kinds = queries.spend_by_kind(days)
    return {
        "mode": mode,
        "words": WORDS[mode],
        "decisions": decisions,
        "kinds": kinds,
        "used_up": [kind for kind in kinds if kind.left == 0],
        "held": sum(kind.held for kind in kinds),
        "days": [(day, _money(day.cents)) for day in days if day.day > today() - timedelta(days=DAYS)],
        "month": _total(sum(kind.month for kind in kinds)),
        "last_month": _total(sum(kind.last_month for kind in kinds)),
        "may_pause": user.may(Action.MANAGE_KEYS),
    }


def _total(parts: int) -> tuple[int, str]:
    return parts, _money(queries.cost(parts))


def _money(cents: int | None) -> str:
    return "" if cents is None else quebec.money(cents, clean(get_language()))


@requires(Action.MANAGE_KEYS, "POST")
def decide_texts(request: HttpRequest) -> HttpResponseBase:
    """Pauses, stops or resumes the texts (`mode`)."""
    mode = request.POST.get("mode", "")
    if mode not in Mode.values:
        refused(request, pgettext("texts", "Choose what leaves."))
    else:
        decide_sending(mode=Mode(mode), by=agent_of(request))
        done(request, str(WORDS[Mode(mode)]))
    return redirect("desk:channels")
