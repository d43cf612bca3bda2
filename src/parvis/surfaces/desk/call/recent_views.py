""" "My last ten": the agent's latest contacts, and their corrections."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from parvis.apps.catalogue.models import Channel, Nature, Subject
from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Contact, Correction, Matter
from parvis.apps.intake.queries import inbox, texts
from parvis.apps.intake.queries.contacts import last_contacts
from parvis.apps.intake.services import correcting
from parvis.apps.residents.queries.access import Field
from parvis.surfaces.desk.call import screen, texting
from parvis.surfaces.desk.call.forms import ContactForm, MatterForm
from parvis.surfaces.desk.call.views import recent_url
from parvis.surfaces.desk.gate import agent_of, requires, submit, visible_people
from parvis.ui.forms import RefusableForm
from parvis.ui.messages import done

TEN = 10


@requires(Action.CORRECT_CONTACT, "GET")
def recent(request: HttpRequest) -> HttpResponseBase:
    """The agent's last ten contacts with their forms and corrections; the answers of sensitive files are hidden."""
    return _page(request)


def _page(request: HttpRequest, refused: Mapping[str, Any] | None = None, status: int = 200) -> HttpResponse:
    contacts = last_contacts(agent_of(request), limit=TEN)
    refused = refused or {}
    corrections = [correction for contact in contacts for correction in contact.corrections.all()]
    subjects = {subject.pk: subject.title for subject in Subject.objects.all()} if corrections else {}
    values = [values for correction in corrections for values in (correction.before, correction.after)]
    agent_ids = {value["agent_id"] for value in values if value.get("agent_id") is not None}
    agents = {user.pk: user.display_name for user in User.objects.filter(pk__in=agent_ids)} if agent_ids else {}
    letters = inbox.letters_of(contacts)
    visible = visible_people(agent_of(request), (contact.person for contact in contacts), Field.FILE)
    sent = texts.texts_sent_from(contacts)
    rows = [
        {
            "contact": contact,
            "open": contact.person_id is None or contact.person_id in visible,
            "letters": letters.get(contact.pk, []),
            "form": refused.get(f"contact-{contact.pk}") or _contact_form(contact),
            "matters": [
                {"matter": matter, "form": refused.get(f"matter-{matter.pk}") or _matter_form(matter)}
                for matter in contact.matters.all()
            ],
            "corrections": [_in_words(correction, subjects, agents) for correction in contact.corrections.all()],
            "texts": [
                texting.shown(line, contact.person_id is None or contact.person_id in visible)
                for line in sent.get(contact.pk, [])
            ],
        }
        for contact in contacts
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
    "state": lambda: pgettext("contact", "State"),
}
_VALUES = {
    "nature": dict(Nature.choices),
    "outcome": dict(Matter.Outcome.choices),
    "channel": dict(Channel.choices),
    "state": dict(Contact.State.choices),
}


def _in_words(correction: Correction, subjects: Mapping[int, str], agents: Mapping[int, str]) -> dict[str, Any]:
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


@requires(Action.CORRECT_CONTACT, "POST")
def correct_matter(request: HttpRequest, matter_id: int) -> HttpResponseBase:
    """Corrects the subject, nature, outcome or words of one of the agent's own matters."""
    form = MatterForm(request.POST, prefix=f"matter-{matter_id}")

    def run() -> int | None:
        values = form.cleaned_data
        changes = {name: values[name] for name in ("nature", "outcome", "words")}
        changes["subject_id"] = values["subject"].pk if values["subject"] else None
        return correcting.correct_matter(matter_id=matter_id, changes=changes, by=agent_of(request)).contact_id

    return _correct(request, form, run)


@requires(Action.CORRECT_CONTACT, "POST")
def correct_contact(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """Corrects the channel of one of the agent's own contacts."""
    form = ContactForm(request.POST, prefix=f"contact-{contact_id}")

    def run() -> int | None:
        return correcting.correct_contact(contact_id=contact_id, changes=form.cleaned_data, by=agent_of(request)).pk

    return _correct(request, form, run)


def _correct(request: HttpRequest, form: RefusableForm, run: Callable[[], int | None]) -> HttpResponseBase:
    """Runs a correction, which returns the id of its contact."""
    contact_id, _status = submit(form, run)
    if contact_id is None:
        return _page(request, {str(form.prefix): form}, status=422)
    done(request, _("Corrected. What it said before is kept below it."))
    return redirect(recent_url(contact_id))
