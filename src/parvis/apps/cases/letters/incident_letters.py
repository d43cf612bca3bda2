"""Letters to people who follow an incident without a case of their own, in the active language."""

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.models import ClosingReason, FollowerNotification, Incident
from parvis.apps.content.queries.notices import end_words, notice_view
from parvis.apps.mail.letters import Content, Letter, compose
from parvis.lib.i18n.languages import clean
from parvis.lib.i18n.localized import localized

NEWS_RENDERER = f"{__name__}.news"


def news(telling_id: int) -> Letter:
    """One update of the incident, or how it ended and what to do if it is not over for the follower."""
    related = ("update__incident__notice__subject", "update__incident__department", "report__person")
    telling = FollowerNotification.objects.select_related(*related).get(pk=telling_id)
    update, incident = telling.update, telling.update.incident
    name = telling.report.person.canonical.name if telling.report.person else ""
    ends, notice = update.ends, notice_view(incident.notice)
    pairs = [(_("Place"), notice.place)] if notice.place else []
    if ends:
        pairs.append((_("How it ended"), str(ClosingReason(incident.reason).label)))
        pairs += [(_("Proof"), update.proof)] if update.proof else []
    why = _("You receive this because you told us of it. To hear no more of it, call us: it is done at once.")
    reopen = _("If it is not over for you, tell us so behind the link: it is taken up for you.")
    reopen_on_paper = _("If it is not over for you, tell us: it is taken up for you.")
    content = Content(
        greeting=_("Hello %(name)s,") % {"name": name} if name else _("Hello,"),
        paragraphs=[_opening(incident, ends=ends)],
        quote=update.words_in(clean(get_language())),
        quoted=localized(incident.department, "name"),
        pairs=pairs,
        action=_("It is not over for me") if ends else "",
        action_url=report_url(incident) if ends else "",
        closing=[reopen, why] if ends else [why],
        on_paper=[reopen_on_paper, why] if ends else (),
    )
    subject = _("It is over: %(title)s") if ends else _("News: %(title)s")
    return compose(subject % {"title": notice.title}, content)


def report_url(incident: Incident) -> str:
    """The form to report that it is not over: that of the incident's subject, else the list of forms."""
    subject = incident.notice.subject
    form = f"{subject.slug}/" if subject and subject.active and subject.routable else ""
    return f"{settings.PARVIS_URL}/demande/{form}"


def _opening(incident: Incident, *, ends: bool) -> str:
    if ends:
        return _("What you told us of is over. Here is what was done.")
    return _("Here is what is new about what you told us. %(end)s") % {"end": end_words(incident.notice)}
