"""The forms in the middle of the screen: what each one shows before it is sent, and after it was refused."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases import due_status
from parvis.apps.cases.destinations import route_for
from parvis.apps.cases.language_choice import why_words
from parvis.apps.cases.models import Case
from parvis.apps.catalogue import promises
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.directory.language_policy import SAFETY, allowed
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import PresentColleague, assignee_for, language_rule, present_by_department
from parvis.apps.intake.models import Check, Contact
from parvis.apps.knowledge.help_lines import HELP_LINES
from parvis.apps.places.models import Address
from parvis.apps.residents.models import Asker
from parvis.apps.residents.queries import disclosures, number_of
from parvis.lib import quebec
from parvis.lib.clock import today
from parvis.lib.ids import show_code
from parvis.lib.languages import clean
from parvis.lib.localized import localized
from parvis.lib.words import fold
from parvis.surfaces.desk.alerts.forms import blank
from parvis.surfaces.desk.call import calculation_screen, forms
from parvis.surfaces.desk.call.draft import PANES, Draft, key_of
from parvis.surfaces.desk.call.screen import address_of, where
from parvis.surfaces.desk.gate import readable_file
from parvis.surfaces.desk.incidents.forms import IncidentForm, started

FORMS: dict[str, type[forms.KeyedForm]] = {
    "case": forms.CaseForm,
    "transfer": forms.TransferForm,
    "callback": forms.CallbackForm,
    "not_ours": forms.NotOursForm,
    "unanswered": forms.UnansweredForm,
    "incident": IncidentForm,
}

ALERT = "alert"  # the pane that settles nothing: help to tell, and someone to alert
SAY = "say"  # what may be said of someone, to whom, and the check to record
PLACE = "place"  # the pane that is no form to send: all that is computed for an address


def pane(name: str, contact: Contact, draft: Draft, subject: str, form: Any = None) -> dict[str, Any]:
    """The variables of one pane's template; `form` is the refused one, when there is one."""
    if name not in PANES or name == "read":
        return {"pane": "read"}
    if name == calculation_screen.WORK:
        result = calculation_screen.pane(draft)
        keys = {"work_key": key_of(contact, name), "contact": contact, "draft": draft}
        return {"pane": name, **keys, **result} if result else {"pane": "read"}
    if name == PLACE:
        return {"pane": PLACE, "contact": contact, "draft": draft, **place(contact, draft)}
    if name == SAY:
        checks = contact.checks.select_related("disclosure", "by")
        around = {"pane": SAY, "contact": contact, "draft": draft, "checks": checks, "check_key": key_of(contact, SAY)}
        return around | {"rules": disclosures(subject), "askers": Asker.choices, "ways": Check.How.choices}
    if name == ALERT:
        marked = list(contact.alerts.select_related("taken_by").order_by("pk"))
        around = {"pane": ALERT, "contact": contact, "draft": draft, "help_lines": HELP_LINES, "marked": marked}
        return around | {"form": form or blank("alert", draft.text)}
    if name == "case":
        subject = str(form["subject"].value() or "") if form else draft.fields.get("case-subject") or subject
    asked = _subject(subject)
    shown = form or _blank(name, contact, draft, asked)
    around = {"pane": name, "form": shown, "contact": contact, "draft": draft, "subject": asked}
    return around | _more(name, shown, asked, contact)


def _subject(slug: str) -> Subject | None:
    rows = (
        Subject.objects.filter(active=True).select_related("department", "external_body").prefetch_related("questions")
    )
    return rows.filter(slug=slug).first() if slug else None


def _blank(name: str, contact: Contact, draft: Draft, subject: Subject | None) -> forms.KeyedForm:
    """An unsent form: what the draft holds, over what the contact already tells."""
    typed = {k.partition("-")[2]: v for k, v in draft.fields.items() if k.startswith(f"{name}-")}
    known = {"subject": subject.slug if subject else "", "text": draft.text}
    initial = {**known, **_STARTS[name](contact, draft, subject), **typed, "key": key_of(contact, name)}
    if name == "case":
        if not (subject and subject.routable):
            initial["subject"] = ""
        asked = subject if subject and subject.routable else None
        return forms.CaseForm(initial=initial, prefix=name, asked=asked)
    return FORMS[name](initial=initial, prefix=name)


def _case_start(contact: Contact, draft: Draft, subject: Subject | None) -> dict[str, Any]:
    person = contact.person
    nature = subject.nature if subject else Nature.REQUEST
    start = {
        "nature": Nature.REQUEST if nature == Nature.INFORMATION else nature,
        "audience": draft.audience,
        "language": draft.lang,
        "words": draft.text,
        "who": forms.KNOWN if person else forms.NOBODY,
        "phone": quebec.plain(quebec.phone(contact.phone)) if contact.phone else "",
    }
    if person:
        start["person"] = str(person.pk)
    return start


def _transfer_start(contact: Contact, draft: Draft, subject: Subject | None) -> dict[str, Any]:
    return {"department": subject.department.slug if subject else "", "note": draft.text}


def _callback_start(contact: Contact, draft: Draft, subject: Subject | None) -> dict[str, Any]:
    number = contact.phone or number_of(readable_file(contact.agent, contact.person))
    return {"phone": quebec.plain(quebec.phone(number)) if number else "", "reason": draft.text, "when": "today"}


def _door_start(contact: Contact, draft: Draft, subject: Subject | None) -> dict[str, Any]:
    return {"door": subject.external_body.slug if subject and subject.external_body else ""}


def _incident_start(contact: Contact, draft: Draft, subject: Subject | None) -> dict[str, Any]:
    return started(subject, where(contact, draft))


def _nothing(contact: Contact, draft: Draft, subject: Subject | None) -> dict[str, Any]:
    return {}


_STARTS = {
    "case": _case_start,
    "transfer": _transfer_start,
    "callback": _callback_start,
    "not_ours": _door_start,
    "unanswered": _nothing,
    "incident": _incident_start,
}


def _more(name: str, form: forms.KeyedForm, subject: Subject | None, contact: Contact) -> dict[str, Any]:
    """What a pane shows beside its form."""
    if name == "case":
        asked = outlook_of_form(form, subject)
        address = address_of(str(form["address"].value() or ""))
        known = readable_file(contact.agent, contact.person)
        return {"outlook": asked, "address": address, "letters": letters(form, contact), "known": known}
    if name == "transfer":
        return {"departments": who_is_here(str(form["department"].value() or ""), contact.agent_id)}
    if name == "not_ours":
        doors = Department.objects.filter(active=True, kind=Department.Kind.EXTERNAL)
        return {"doors": sorted(doors, key=lambda item: fold(item.name)), "door": str(form["door"].value() or "")}
    return {}


def place(contact: Contact, draft: Draft) -> dict[str, Any]:
    """What the pane of an address begins with: the one typed there, else that of the request, else the person's."""
    address, typed = where(contact, draft), draft.fields.get("place-find", "")
    return {"address": address, "typed": typed or (address.label if address else "")}


@dataclass(frozen=True)
class Here:
    """A department with those of it who are at their screen now."""

    department: Department
    people: list[PresentColleague]
    chosen: bool


def who_is_here(chosen: str, but: int | None) -> list[Here]:
    """The town's departments, the one chosen first, then those where someone other than `but` is. Three queries."""
    present = present_by_department()
    rows = Department.objects.filter(active=True).exclude(kind=Department.Kind.EXTERNAL)
    result = [
        Here(
            row,
            [present_colleague for present_colleague in present.get(row.pk, []) if present_colleague.user.pk != but],
            row.slug == chosen,
        )
        for row in rows
    ]
    return sorted(result, key=lambda here: (not here.chosen, not here.people, fold(here.department.name)))


# --- Where a case would go, and when it would be done --------------------------------------------------------------


@dataclass(frozen=True)
class Outlook:
    """What opening the case would mean: where it goes, why, and the promise in words ("" for a comment)."""

    department: Department
    owner: str
    external_body: Department | None
    why: str
    promise: str
    length: str
    urgent: bool
    comment: bool


def outlook(subject: Subject, nature: str, audience: str, address: Address | None, words: str) -> Outlook:
    """Where a case of that kind would go now, and what would be promised."""
    there = route_for(subject, address, words, audience, nature)
    comment = nature == Nature.COMMENT
    lang = clean(get_language())
    return Outlook(
        department=there.department,
        owner=_given_to(there.department, there.owner) if there.owner else "",
        external_body=there.external_body,
        why=localized(there, "why"),
        promise="" if comment else due_status.promise_preview(subject),
        length="" if comment else promises.counted_words(subject.target, lang),
        urgent=there.urgent or subject.urgent,
        comment=comment,
    )


def _given_to(department: Department, named: User) -> str:
    """Who would receive a case that a rule gives to that person: themselves, who replaces them, or nobody ("")."""
    receives = assignee_for(department, owner=named)
    if receives is None or receives == named:
        return receives.display_name if receives else ""
    return _("%(name)s, who replaces %(other)s") % {"name": receives.display_name, "other": named.display_name}


def letters(form: forms.KeyedForm, contact: Contact) -> str:
    """In which language the letters of the case would go, and why; "" when nobody speaks of English."""
    if form["language"].value() != "en":
        return ""
    kind = SAFETY if form["urgent"].value() else str(form["nature"].value() or "")
    rule, ground = language_rule(), contact.english_ground
    result = allowed(rule, ground=ground, channel=contact.channel, kind=kind, day=today())
    words = _("The letters go in English: %(why)s.") if result.english else _("The letters go in French: %(why)s.")
    return words % {"why": why_words(result)}


def outlook_of_form(form: forms.KeyedForm, subject: Subject | None) -> Outlook | None:
    """The same, from what the form holds so far; None while no subject is chosen."""
    if subject is None or not subject.routable:
        return None
    value = {name: str(form[name].value() or "") for name in ("nature", "audience", "words", "address")}
    return outlook(subject, value["nature"], value["audience"], address_of(value["address"]), value["words"])


def reference_aloud(case: Case, lang: str) -> dict[str, Any]:
    """The reference and the code of a case in groups to be read aloud, and its promise in the person's language."""
    return {
        "case": case,
        "reference_groups": case.reference.split("-"),
        "code_groups": show_code(case.code).split("-"),
        "promise_words": due_status.due_words(case, lang),
    }
