"""Letters about a case sent to an outside body: to its citizen, and to who holds it."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.letters.cases import link
from parvis.apps.cases.models import Entry
from parvis.apps.directory.models import Department
from parvis.apps.mail.letters import Content, Letter, compose
from parvis.apps.open311.models import Forwarding
from parvis.apps.open311.queries.forwarding import notes_of
from parvis.lib import quebec
from parvis.lib.i18n.languages import clean


def forwarded(entry_id: int) -> Letter:
    """Says to which body the request was sent, in which words, and whether who asks was told to it."""
    entry = _entry(entry_id)
    body = _body(entry)
    paragraphs = [
        _("We sent your request to %(body)s, which is responsible for it. We follow what becomes of it, and tell you.")
        % {"body": body.name}
    ]
    if entry.data.get("shares_person"):
        paragraphs.append(_("Your name, e-mail and phone were sent with it, as you were told."))
    else:
        paragraphs.append(_("Neither your name nor how to reach you was sent with it."))
    return _letter(entry, _("Your request %(ref)s was sent to the body that is responsible"), paragraphs, body)


def relayed(entry_id: int) -> Letter:
    """Gives the news of the outside body."""
    entry = _entry(entry_id)
    text = _("Here is what %(body)s tells us of your request.") % {"body": _body(entry).name}
    return _letter(entry, _("News about your request %(ref)s"), [text], _body(entry))


def recalled(entry_id: int) -> Letter:
    """Says that the town follows the request itself again, and why."""
    entry = _entry(entry_id)
    text = _("Your request is no longer with %(body)s: we follow it ourselves again. Here is why.")
    return _letter(entry, _("News about your request %(ref)s"), [text % {"body": _body(entry).name}])


def warning(forwarding_id: int, about: str) -> Letter:
    """Tells who holds a case what its sending has become: `about` is closed, untold, unsure or failed."""
    row = Forwarding.objects.select_related("case__subject", "server__body").get(pk=forwarding_id)
    values = {"ref": row.case.reference, "body": row.server.body.name, "why": row.error.rstrip(".")}
    if about == "closed":
        subject = _("%(ref)s: %(body)s closed it on their side")
        words = _("Read what they say, see whether it is done, then close the request.")
    elif about == "untold":
        subject = _("%(ref)s: %(body)s no longer tells what becomes of it")
        words = _("They took it, but their server has not told of it for days: %(why)s. Ask them.")
    elif about == "unsure":
        subject = _("%(ref)s: nobody knows whether %(body)s has it")
        words = _("It was sent, without a sure answer: %(why)s. Ask them, then write what they say on its page.")
    else:
        subject = _("%(ref)s: %(body)s does not have it")
        words = _("It could not be sent: %(why)s. Try again from the page of the request, or call them.")
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[words % values],
        quote=notes_of(row) if about == "closed" else "",
        quoted=row.server.name,
        pairs=[(_("Request"), f"{row.case.reference}, {row.case.shown_title}")],
        action=_("See the request"),
        action_url=settings.PARVIS_URL + reverse("desk:case", args=[row.case.reference]),
    )
    return compose(subject % values, content)


def _entry(entry_id: int) -> Entry:
    return Entry.objects.select_related("case__person", "case__subject", "case__department").get(pk=entry_id)


def _body(entry: Entry) -> Department:
    return Department.objects.get(slug=entry.data["body"])


def _letter(entry: Entry, subject: str, paragraphs: list[str], body: Department | None = None) -> Letter:
    case = entry.case
    name = case.person.canonical.name if case.person else ""
    pairs = [(_("Phone"), quebec.phone(body.phone, clean(get_language())))] if body and body.phone else []
    content = Content(
        greeting=_("Hello %(name)s,") % {"name": name} if name else _("Hello,"),
        paragraphs=paragraphs,
        quote=entry.body,
        quoted=case.department.name,
        pairs=pairs,
        action=_("Follow the request"),
        action_url=link(case),
    )
    return compose(subject % {"ref": case.reference}, content)
