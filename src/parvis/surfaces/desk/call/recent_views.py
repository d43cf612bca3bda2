"""My last ten: what the agent recorded lately, and the way to put it right."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from parvis.apps.catalogue.models import Channel, Nature, Subject
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.intake import queries as intake
from parvis.apps.intake import services
from parvis.apps.intake.models import Contact, Correction, Matter
from parvis.apps.residents.access import Field
from parvis.lib.errors import NotFound, Refused
from parvis.surfaces.desk.call import screen
from parvis.surfaces.desk.call.forms import ContactForm, MatterForm
from parvis.surfaces.desk.call.views import recent_url
from parvis.surfaces.desk.gate import agent_of, requires, visible_people
from parvis.ui.messages import done

mine_to_correct = requires(Action.CORRECT_CONTACT)
TEN = 10


@mine_to_correct
@require_GET
def recent(request: HttpRequest) -> HttpResponseBase:
    """The agent's last ten contacts, each with what may be corrected and what was; no answer that was given to someone
    whose file is shut.
    """
    return _page(request)


def _page(request: HttpRequest, forms: Mapping[str, Any] | None = None, status: int = 200) -> HttpResponse:
    last_contacts = intake.last_contacts(agent_of(request), limit=TEN)
    refused = forms or {}
    subjects = (
        {subject.pk: subject.title for subject in Subject.objects.all()}
        if any(contact.corrections.all() for contact in last_contacts)
        else {}
    )
    given = {
        pk
        for contact in last_contacts
        for correction in contact.corrections.all()
        for pk in _agents_of(correction)
        if pk is not None
    }
    agents = {user.pk: user.display_name for user in User.objects.filter(pk__in=given)} if given else {}
    open_to = visible_people(agent_of(request), (contact.person for contact in last_contacts), Field.FILE)
    rows = [
        {
            "contact": contact,
            "open": contact.person_id is None or contact.person_id in open_to,
            "form": refused.get(f"contact-{contact.pk}") or _contact_form(contact),
            "matters": [
                {"matter": matter, "form": refused.get(f"matter-{matter.pk}") or _matter_form(matter)}
                for matter in contact.matters.all()
            ],
            "corrections": [_told(correction, subjects, agents) for correction in contact.corrections.all()],
        }
        for contact in last_contacts
    ]
    return render(request, "desk/recent.html", {**screen.frame(request), "rows": rows}, status=status)


def _contact_form(contact: Contact) -> ContactForm:
    return ContactForm(initial={"channel": contact.channel}, prefix=f"contact-{contact.pk}")


def _matter_form(matter: Matter) -> MatterForm:
    initial = {
        "subject": matter.subject.slug if matter.subject else "",
        "nature": matter.nature,
        "outcome": matter.outcome,
        "words": matter.words,
    }
    return MatterForm(initial=initial, prefix=f"matter-{matter.pk}")


_NAMES: dict[str, Any] = {
    "subject_id": lambda: _("Subject"),
    "nature": lambda: _("Kind of contact"),
    "outcome": lambda: _("Outcome"),
    "words": lambda: _("In the person's words"),
    "channel": lambda: _("Channel"),
    "agent_id": lambda: pgettext("contact", "Given to"),
}
_VALUES = {"nature": dict(Nature.choices), "outcome": dict(Matter.Outcome.choices), "channel": dict(Channel.choices)}


def _agents_of(correction: Correction) -> list[int | None]:
    return [said.get("agent_id") for said in (correction.before, correction.after)]


def _told(correction: Correction, subjects: Mapping[int, str], agents: Mapping[int, str]) -> dict[str, Any]:
    """A correction in words: what, before, after."""

    def shown(name: str, value: Any) -> str:
        if name == "subject_id":
            return subjects.get(value, _("no subject"))
        if name == "agent_id":
            return agents.get(value, pgettext("contact", "nobody"))
        return str(_VALUES.get(name, {}).get(value, value) or _("nothing"))

    changes = [
        {
            "name": _NAMES[name]() if name in _NAMES else name,
            "before": shown(name, value),
            "after": shown(name, correction.after.get(name)),
        }
        for name, value in correction.before.items()
    ]
    return {"at": correction.at, "by": correction.by, "changes": changes}


@mine_to_correct
@require_http_methods(["POST"])
def correct_matter(request: HttpRequest, matter_id: int) -> HttpResponseBase:
    """Puts right the subject, the kind, the outcome or the words of one of the agent's own matters."""
    form = MatterForm(request.POST, prefix=f"matter-{matter_id}")
    if form.is_valid():
        values = form.cleaned_data
        changes = {name: values[name] for name in ("nature", "outcome", "words")}
        changes["subject_id"] = values["subject"].pk if values["subject"] else None
        try:
            matter = services.correct_matter(matter_id=matter_id, changes=changes, by=agent_of(request))
        except NotFound as refused:
            raise Http404 from refused
        except Refused as refused:
            _beside(form, refused)
        else:
            done(request, _("Corrected. What it said before is kept below it."))
            return redirect(recent_url(matter.contact_id))
    return _page(request, {f"matter-{matter_id}": form}, status=422)


@mine_to_correct
@require_http_methods(["POST"])
def correct_contact(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Puts right the channel of one of the agent's own contacts."""
    form = ContactForm(request.POST, prefix=f"contact-{contact_id}")
    if form.is_valid():
        try:
            services.correct_contact(contact_id=contact_id, changes=form.cleaned_data, by=agent_of(request))
        except NotFound as refused:
            raise Http404 from refused
        except Refused as refused:
            _beside(form, refused)
        else:
            done(request, _("Corrected. What it said before is kept below it."))
            return redirect(recent_url(contact_id))
    return _page(request, {f"contact-{contact_id}": form}, status=422)


def _beside(form: MatterForm | ContactForm, refused: Refused) -> None:
    for name, text in refused.fields.items():
        form.add_error(name if name in form.fields else None, text)
    if not refused.fields:
        form.add_error(None, refused.message)
