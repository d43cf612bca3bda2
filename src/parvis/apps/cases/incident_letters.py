"""What someone who follows an incident without a request of their own receives, in the active language."""

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.incident_models import Incident, Telling
from parvis.apps.cases.models import ClosingReason
from parvis.apps.knowledge.notices import end_words, told
from parvis.apps.mail.letter import Content, Letter, compose
from parvis.lib.languages import clean
from parvis.lib.localized import localized


def news(telling_id: int) -> Letter:
    """One update of the incident, or how it ended and what to do when it is not over for them; to one person alone."""
    related = ("update__incident__notice__subject", "update__incident__department", "report__person")
    telling = Telling.objects.select_related(*related).get(pk=telling_id)
    update, incident = telling.update, telling.update.incident
    name = telling.report.person.canonical.name if telling.report.person else ""
    ends = update.ends
    notice = told(incident.notice)
    pairs = [(_("Place"), notice.place)] if notice.place else []
    if ends:
        pairs.append((_("How it ended"), str(ClosingReason(incident.reason).label)))
        pairs += [(_("Proof"), update.proof)] if update.proof else []
    why = _("You receive this because you told us of it. To hear no more of it, call us: it is done at once.")
    again = _("If it is not over for you, tell us so behind the link: it is taken up for you.")
    aloud = _("If it is not over for you, tell us: it is taken up for you.")
    content = Content(
        greeting=_("Hello %(name)s,") % {"name": name} if name else _("Hello,"),
        paragraphs=[_opening(incident, ends=ends)],
        quote=update.words_in(clean(get_language())),
        quoted=localized(incident.department, "name"),
        pairs=pairs,
        action=_("It is not over for me") if ends else "",
        action_url=report_url(incident) if ends else "",
        closing=[again, why] if ends else [why],
        on_paper=[aloud, why] if ends else (),
    )
    title = notice.title
    subject = _("It is over: %(title)s") if ends else _("News: %(title)s")
    return compose(subject % {"title": title}, content)


def report_url(incident: Incident) -> str:
    """Where someone says that it is not over for them: the form of its subject, else the list of the forms."""
    subject = incident.notice.subject
    known = subject is not None and subject.active and subject.routable
    return f"{settings.PARVIS_URL}/demande/{f'{subject.slug}/' if known and subject else ''}"


def _opening(incident: Incident, *, ends: bool) -> str:
    if ends:
        return _("What you told us of is over. Here is what was done.")
    return _("Here is what is new about what you told us. %(end)s") % {"end": end_words(incident.notice)}
