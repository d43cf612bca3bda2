"""Template context of the panes in the middle of the call screen, blank or refused."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.queries import due_status
from parvis.apps.cases.queries.destinations import route_for
from parvis.apps.cases.queries.language_choice import why_words
from parvis.apps.catalogue.models import Nature, Subject
from parvis.apps.catalogue.rules import promises
from parvis.apps.content.rules.help_lines import HELP_LINES
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.queries import PresentColleague, assignee_for, language_rule, present_by_department
from parvis.apps.directory.rules.language_policy import SAFETY, allowed
from parvis.apps.intake.models import Check, Contact
from parvis.apps.places.models import Address
from parvis.apps.residents.models import Asker
from parvis.apps.residents.queries.people import disclosures, number_of
from parvis.apps.telephony.queries import texts
from parvis.lib import quebec
from parvis.lib.clock import today
from parvis.lib.i18n.languages import clean
from parvis.lib.i18n.localized import localized
from parvis.lib.ids import show_code
from parvis.lib.words import fold
from parvis.surfaces.desk.alerts.forms import blank
from parvis.surfaces.desk.call import calculation_screen, forms, texting
from parvis.surfaces.desk.call.draft import PANES, Draft, key_of
from parvis.surfaces.desk.call.screen import address_of, where
from parvis.surfaces.desk.gate import readable_file
from parvis.surfaces.desk.incidents.forms import IncidentForm, new_initial

FORMS: dict[str, type[forms.KeyedForm]] = {
    "case": forms.CaseForm,
    "transfer": forms.TransferForm,
    "callback": forms.CallbackForm,
    "not_ours": forms.NotOursForm,
    "unanswered": forms.UnansweredForm,
    "incident": IncidentForm,
}

ALERT = "alert"  # help lines to read aloud, and the form that raises an alert; settles nothing
SAY = "say"  # the disclosure rules, and the identity check to record
TEXT = "text"  # a text message to send; settles nothing
PLACE = "place"  # everything computed for an address


def pane(name: str, contact: Contact, draft: Draft, subject: str, form: Any = None) -> dict[str, Any]:
    """The context of one pane; `form` is the refused form, if any."""
    if name not in PANES or name == "read":
        return {"pane": "read"}
    if name == calculation_screen.WORK:
        calculation = calculation_screen.pane(draft)
        common = {"pane": name, "contact": contact, "draft": draft, "work_key": key_of(contact, name)}
        return common | calculation if calculation else {"pane": "read"}
    common = {"pane": name, "contact": contact, "draft": draft}
    if name == PLACE:
        return common | place(contact, draft)
    if name == TEXT:
        return common | texting.pane(contact, subject, form) if texts.enabled() else {"pane": "read"}
    if name == SAY:
        checks = contact.checks.select_related("disclosure", "by")
        choices = {"askers": Asker.choices, "ways": Check.How.choices}
        return common | {"checks": checks, "check_key": key_of(contact, SAY), "rules": disclosures(subject), **choices}
    if name == ALERT:
        marked = list(contact.alerts.select_related("taken_by").order_by("pk"))
        return common | {"help_lines": HELP_LINES, "marked": marked, "form": form or blank("alert", draft.text)}
    if name == "case":
        subject = str(form["subject"].value() or "") if form else draft.fields.get("case-subject") or subject
    about = _subject(subject)
    shown = form or _blank(name, contact, draft, about)
    return common | {"form": shown, "subject": about} | _beside(name, shown, about, contact)


def _subject(slug: str) -> Subject | None:
    subjects = Subject.objects.filter(active=True).select_related("department", "external_body")
    return subjects.prefetch_related("questions").filter(slug=slug).first() if slug else None


def _blank(name: str, contact: Contact, draft: Draft, subject: Subject | None) -> forms.KeyedForm:
    """An unbound form, filled with the draft, else with what is known of the contact."""
    typed = {k.partition("-")[2]: v for k, v in draft.fields.items() if k.startswith(f"{name}-")}
    defaults = {"subject": subject.slug if subject else "", "text": draft.text}
    initial = {**defaults, **_initial(name, contact, draft, subject), **typed, "key": key_of(contact, name)}
    if name == "case":
        routable = subject if subject and subject.routable else None
        if routable is None:
            initial["subject"] = ""
        return forms.CaseForm(initial=initial, prefix=name, asked=routable)
    return FORMS[name](initial=initial, prefix=name)


def _initial(name: str, contact: Contact, draft: Draft, subject: Subject | None) -> dict[str, Any]:
    if name == "case":
        return _case_initial(contact, draft, subject)
    if name == "transfer":
        return {"department": subject.department.slug if subject else "", "note": draft.text}
    if name == "callback":
        number = contact.phone or number_of(readable_file(contact.agent, contact.person))
        return {"phone": quebec.plain(quebec.phone(number)) if number else "", "reason": draft.text, "when": "today"}
    if name == "not_ours":
        return {"door": subject.external_body.slug if subject and subject.external_body else ""}
    return new_initial(subject, where(contact, draft)) if name == "incident" else {}


def _case_initial(contact: Contact, draft: Draft, subject: Subject | None) -> dict[str, Any]:
    person = contact.person
    nature = subject.nature if subject else Nature.REQUEST
    return {
        "nature": Nature.REQUEST if nature == Nature.INFORMATION else nature,
        "audience": draft.audience,
        "language": draft.lang,
        "words": draft.text,
        "who": forms.KNOWN if person else forms.NOBODY,
        "phone": quebec.plain(quebec.phone(contact.phone)) if contact.phone else "",
        **({"person": str(person.pk)} if person else {}),
    }


def _beside(name: str, form: forms.KeyedForm, subject: Subject | None, contact: Contact) -> dict[str, Any]:
    """What a pane shows beside its form."""
    if name == "case":
        preview = preview_of_form(form, subject)
        address = address_of(str(form["address"].value() or ""))
        known = readable_file(contact.agent, contact.person)
        return {"outlook": preview, "address": address, "letters": letters(form, contact), "known": known}
    if name == "transfer":
        return {"departments": presences(str(form["department"].value() or ""), contact.agent_id)}
    if name == "not_ours":
        bodies = Department.objects.filter(active=True, kind=Department.Kind.EXTERNAL)
        return {"doors": sorted(bodies, key=lambda body: fold(body.name)), "door": str(form["door"].value() or "")}
    return {}


def place(contact: Contact, draft: Draft) -> dict[str, Any]:
    """The initial address of the address pane: the one typed there, else that of the case, else the person's."""
    address, typed = where(contact, draft), draft.fields.get("place-find", "")
    return {"address": address, "typed": typed or (address.label if address else "")}


@dataclass(frozen=True)
class DepartmentPresence:
    """A department with its colleagues present now."""

    department: Department
    people: list[PresentColleague]
    chosen: bool


def presences(chosen: str, but: int | None) -> list[DepartmentPresence]:
    """The town's departments: the chosen one first, then those where someone other than `but` is present.

    Three queries.
    """
    present = present_by_department()
    result = []
    for department in Department.objects.filter(active=True).exclude(kind=Department.Kind.EXTERNAL):
        people = [colleague for colleague in present.get(department.pk, []) if colleague.user.pk != but]
        result.append(DepartmentPresence(department, people, department.slug == chosen))
    return sorted(result, key=lambda row: (not row.chosen, not row.people, fold(row.department.name)))


# --- Where a case would go, and when it would be done --------------------------------------------------------------


@dataclass(frozen=True)
class CasePreview:
    """The effect of opening a case: its destination, why, and the promise in words ("" for a comment)."""

    department: Department
    owner: str
    external_body: Department | None
    why: str
    promise: str
    length: str
    urgent: bool
    comment: bool


def case_preview(subject: Subject, nature: str, audience: str, address: Address | None, words: str) -> CasePreview:
    """Where such a case would be routed now, and what would be promised."""
    destination = route_for(subject, address, words, audience, nature)
    comment = nature == Nature.COMMENT
    return CasePreview(
        department=destination.department,
        owner=_assignee(destination.department, destination.owner) if destination.owner else "",
        external_body=destination.external_body,
        why=localized(destination, "why"),
        promise="" if comment else due_status.promise_preview(subject),
        length="" if comment else promises.counted_words(subject.target, clean(get_language())),
        urgent=destination.urgent or subject.urgent,
        comment=comment,
    )


def _assignee(department: Department, named: User) -> str:
    """Who would receive a case that a rule assigns to that user: the user, their delegate, or nobody ("")."""
    receives = assignee_for(department, owner=named)
    if receives is None or receives == named:
        return receives.display_name if receives else ""
    return _("%(name)s, who replaces %(other)s") % {"name": receives.display_name, "other": named.display_name}


def letters(form: forms.KeyedForm, contact: Contact) -> str:
    """The language of the letters of the case, and why; "" when the case is in French."""
    if form["language"].value() != "en":
        return ""
    kind = SAFETY if form["urgent"].value() else str(form["nature"].value() or "")
    rule, ground = language_rule(), contact.english_ground
    policy = allowed(rule, ground=ground, channel=contact.channel, kind=kind, day=today())
    words = _("The letters go in English: %(why)s.") if policy.english else _("The letters go in French: %(why)s.")
    return words % {"why": why_words(policy)}


def preview_of_form(form: forms.KeyedForm, subject: Subject | None) -> CasePreview | None:
    """The preview of what the form holds so far; None without a routable subject."""
    if subject is None or not subject.routable:
        return None
    value = {name: str(form[name].value() or "") for name in ("nature", "audience", "words", "address")}
    return case_preview(subject, value["nature"], value["audience"], address_of(value["address"]), value["words"])


def reference_aloud(case: Case, lang: str) -> dict[str, Any]:
    """The reference and code of a case in groups, to be read aloud, and its promise in the person's language."""
    return {
        "case": case,
        "reference_groups": case.reference.split("-"),
        "code_groups": show_code(case.code).split("-"),
        "promise_words": due_status.due_words(case, lang),
    }
