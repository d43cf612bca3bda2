"""What the agents say: shown at the desk when the message is approved, before the public reads it."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parvis.apps.directory.models import User
from parvis.apps.outreach.channels.base import Outcome, Preview, State, Target
from parvis.apps.outreach.models import Delivery
from parvis.apps.outreach.rules.content import AGENTS, Content
from parvis.apps.outreach.rules.limits import SAY, Count, shortened


class Agents:
    """The words of the agents. `services` shows them in the transaction that approves; nothing is sent."""

    slug = AGENTS
    label = gettext_lazy("At the desk, said first")
    icon = "headset"
    each_once = False

    def targets(self, content: Content) -> Sequence[Target]:
        return [Target()]

    def preview(self, content: Content) -> Preview:
        text = content.text(AGENTS, "fr")
        count = Count(len(text), SAY)
        return Preview(
            content.title(AGENTS, "fr"),
            text,
            content.title(AGENTS, "en"),
            content.text(AGENTS, "en"),
            count,
            proposal=shortened(text, SAY) if count.over else "",
        )

    def publish(self, delivery: Delivery, content: Content) -> Outcome:
        return Outcome(State.SENT, _("Every agent has the words."))

    def withdraw(self, delivery: Delivery, content: Content, reason: str) -> Outcome:
        return Outcome(State.WITHDRAWN)

    def outcomes(self, deliveries: Sequence[Delivery]) -> Mapping[int, Outcome]:
        return {}

    def retry(self, delivery: Delivery, by: User) -> bool:
        return False
