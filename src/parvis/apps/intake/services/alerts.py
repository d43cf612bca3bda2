"""A threat or a distress is marked, someone is alerted, someone takes it, the mark is lifted."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from parvis.apps.cases import services as cases
from parvis.apps.cases.models import Case
from parvis.apps.directory.models import User
from parvis.apps.directory.permissions import Action
from parvis.apps.directory.queries import desk, supervisors, town
from parvis.apps.intake import alerts as queries
from parvis.apps.intake.models import Alert, Contact
from parvis.apps.mail import services as mail
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, Invalid, NotAllowed, NotFound

RENDERER = "parvis.apps.intake.letters.alert"
LONGEST = 2000
PATIENCE = timedelta(minutes=5)
_K = Alert.Kind


@transaction.atomic
def raise_alert(
    *, key: str, kind: str, words: str, by: User, contact: Contact | None = None, case: Case | None = None
) -> Alert:
    """Marks a threat or a distress heard in a contact, or on a request, and alerts who can help; once for its key.

    Supervisors (`directory.supervisors`) have a letter queued in this transaction, and their screens say it within
    seconds. A threat hides the names of the staff from the citizen of the request, and of those that the contact opened
    or opens. Raises NotAllowed, and Invalid (kind, words: a threat says why).
    """
    if not by.may(Action.RAISE_ALERT):
        raise NotAllowed(_("Your role does not mark alerts."))
    known = Alert.objects.filter(key=key).first()
    if known is not None:
        return known
    kept = words.strip()
    if kind not in _K.values:
        raise Invalid(_("Choose what it is."), {"kind": _("Choose what it is.")})
    if len(kept) > LONGEST:
        raise Invalid(_("This is too long."), {"words": _("At most %(count)d characters.") % {"count": LONGEST}})
    if kind == _K.THREAT and not kept:
        raise Invalid(_("Write what was said."), {"words": _("Write what was said: it is shown to whoever asks why.")})
    try:
        with transaction.atomic():
            alert = Alert.objects.create(key=key, kind=kind, words=kept, contact=contact, case=case, at=now(), by=by)
    except IntegrityError:  # pressed twice at the same instant
        return Alert.objects.get(key=key)
    if contact is not None and kind == _K.THREAT:
        Contact.objects.filter(pk=contact.pk).update(threat_at=alert.at)
    for touched in _cases(alert):
        cases.mark_alert(case_id=touched, kind=kind, words=kept, hide_names=kind == _K.THREAT, by=by)
    places = [desk().pk, case.department_id if case else None]
    _write(alert, [supervisor for supervisor in supervisors(places) if supervisor.pk != by.pk], again=False)
    queries.forget()
    return alert


def _cases(alert: Alert) -> list[int]:
    """The request marked, and those that the contact opened."""
    result = [alert.case_id] if alert.case_id else []
    if alert.contact_id:
        result += Case.objects.filter(matters__contact=alert.contact_id).values_list("pk", flat=True)
    return list(dict.fromkeys(result))


def carry_threat(contact: Contact, case: Case, by: User) -> None:
    """A request opened in a contact where a threat was marked keeps the names of the staff from its citizen too."""
    if contact.threat_at is not None:
        cases.mark_alert(
            case_id=case.pk, kind=_K.THREAT, words=_("Marked in the same contact."), hide_names=True, by=by
        )


def _write(alert: Alert, to: Iterable[User], *, again: bool) -> None:
    """A letter for each of them; the town's own address when none of them has one."""
    known = {user.email: user.language for user in to if user.email}
    place = town()
    for email, language in (known or {place.email: "fr"}).items():
        if email:
            key = f"alert/{alert.pk}/{'again/' if again else ''}{email}"[:120]
            mail.queue(key=key, to=email, language=language, renderer=RENDERER, args=[alert.pk])


@transaction.atomic
def take_alert(*, alert_id: int, by: User) -> Alert:
    """Someone looks after it: it is no longer said on the screens. Twice by the same person changes nothing.

    A supervisor takes any; any agent takes a distress. Raises NotAllowed, NotFound, Conflict when a colleague has it.
    """
    alert = _locked(alert_id)
    if not (by.may(Action.HANDLE_ALERT) or (alert.kind == _K.DISTRESS and by.may(Action.TAKE_CONTACT))):
        raise NotAllowed(_("Your role does not look after alerts."))
    if alert.taken_by_id not in (None, by.pk):
        raise Conflict(_("A colleague looks after it already."))
    if alert.taken_at is None:
        alert.taken_at, alert.taken_by = now(), by
        alert.save(update_fields=["taken_at", "taken_by"])
    queries.forget()
    return alert


@transaction.atomic
def lift_alert(*, alert_id: int, why: str, by: User) -> Alert:
    """The mark holds no more, for a reason that stays written; names are told again when no other threat stands.

    By whoever marked it, or a supervisor. Twice changes nothing. Raises NotAllowed, NotFound, Invalid (why).
    """
    alert = _locked(alert_id)
    if alert.by_id != by.pk and not by.may(Action.HANDLE_ALERT):
        raise NotAllowed(_("Whoever marked it, or a manager, lifts it."))
    if alert.lifted_at is not None:
        return alert
    kept = why.strip()[:300]
    if not kept:
        raise Invalid(_("Write a few words."), {"why": _("Write a few words.")})
    alert.lifted_at, alert.lifted_by, alert.lifted_why = now(), by, kept
    alert.save(update_fields=["lifted_at", "lifted_by", "lifted_why"])
    # Whoever marks another threat at this instant holds one of these rows, or waits for them.
    touching = list(
        Case.objects.select_for_update().filter(pk__in=_cases(alert)).order_by("pk").values_list("pk", flat=True)
    )
    list(Contact.objects.select_for_update().filter(pk=alert.contact_id or 0))
    standing = Alert.objects.filter(kind=_K.THREAT, lifted_at=None)
    if alert.contact_id and not standing.filter(contact=alert.contact_id).exists():
        Contact.objects.filter(pk=alert.contact_id).update(threat_at=None)
    for touched in touching:
        other = (
            standing.filter(case=touched).exists()
            or Contact.objects.filter(matters__case=touched, threat_at__isnull=False).exists()
        )
        cases.lift_alert(
            case_id=touched, kind=alert.kind, words=kept, show_names=alert.kind == _K.THREAT and not other, by=by
        )
    queries.forget()
    return alert


def chase_alerts() -> int:
    """Writes to every manager, and to the town, of the alerts that nobody took in five minutes, once; how many."""
    waiting = Alert.objects.filter(taken_at=None, lifted_at=None, chased_at=None, at__lt=now() - PATIENCE)
    result = list(waiting[:100])
    for alert in result:
        with transaction.atomic():
            if Alert.objects.filter(pk=alert.pk, chased_at=None).update(chased_at=now()):
                everyone = supervisors([])
                _write(alert, everyone, again=True)
                _write(alert, [], again=True)
    return len(result)


def _locked(alert_id: int) -> Alert:
    alert = Alert.objects.select_for_update().filter(pk=alert_id).first()
    if alert is None:
        raise NotFound(_("This alert does not exist."))
    return alert
