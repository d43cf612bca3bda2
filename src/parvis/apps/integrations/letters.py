"""Letters about integrations."""

from django.conf import settings
from django.utils.translation import gettext as _

from parvis.apps.integrations.models import Webhook
from parvis.apps.mail.letters import Content, Letter, compose


def webhook_disabled(webhook_id: int) -> Letter:
    """To a manager: a webhook was turned off, and what to do."""
    hook = Webhook.objects.select_related("api_key").get(pk=webhook_id)
    text = _("Events for %(name)s could not be delivered to %(url)s for days: they are no longer sent.")
    later = _("What waits is kept. Once the other side answers, turn the webhook on again at: %(desk)s")
    paragraphs = [
        text % {"name": hook.api_key.name, "url": hook.url},
        later % {"desk": f"{settings.PARVIS_URL}/desk/webhooks/"},
    ]
    return compose(_("Events no longer reach %(name)s") % {"name": hook.api_key.name}, Content(_("Hello,"), paragraphs))
