"""Alerts for threats and people in distress: raised, taken by someone, chased when nobody does, lifted."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from parvis.apps.cases.models import Case
from parvis.apps.cases.services.incidents import alerts as cases
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import desk, supervisors, town
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.intake.models import Alert, Contact
from parvis.apps.intake.queries import alerts as queries
from parvis.apps.mail.services.outgoing import Sending, queue_letter
from parvis.lib.clock import now
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid, NotAllowed

RENDERER = "parvis.apps.intake.letters.alert"
LONGEST = 2000
PATIENCE = timedelta(minutes=5)
_K = Alert.Kind


@transaction.atomic
def raise_alert(
    *, key: str, kind: str, words: str, by: User, contact: Contact | None = None, case: Case | None = None
) -> Alert:
    """Marks a threat or distress in a contact or on a request, and notifies those who can help; once per key.

    Queues a letter to supervisors (`directory.supervisors`) in this transaction; their screens show it within
    seconds. A threat hides staff names from the citizen of the request, and of the requests that the contact opened or
    will open. Raises NotAllowed, and Invalid (kind, words: a threat needs some).
    """
    by.require(Action.RAISE_ALERT, _("Your role does not mark alerts."))
    if alert := Alert.objects.filter(key=key).first():
        return alert
    words = words.strip()
    if kind not in _K.values:
        raise Invalid.in_field("kind", _("Choose what it is."))
    if len(words) > LONGEST:
        raise Invalid(_("This is too long."), {"words": _("At most %(count)d characters.") % {"count": LONGEST}})
    if kind == _K.THREAT and not words:
        raise Invalid(_("Write what was said."), {"words": _("Write what was said: it is shown to whoever asks why.")})
    try:
        with transaction.atomic():
            alert = Alert.objects.create(key=key, kind=kind, words=words, contact=contact, case=case, at=now(), by=by)
    except IntegrityError:  # the same key, concurrently
        return Alert.objects.get(key=key)
    if contact is not None and kind == _K.THREAT:
        Contact.objects.filter(pk=contact.pk).update(threat_at=alert.at)
    for case_id in _case_ids(alert):
        cases.mark_alert(case_id=case_id, kind=kind, words=words, hide_names=kind == _K.THREAT, by=by)
    places = [desk().pk, case.department_id if case else None]
    _notify(alert, [supervisor for supervisor in supervisors(places) if supervisor.pk != by.pk], again=False)
    queries.forget()
    return alert


def alert_danger(
    *, key: str, words: str, contact: Contact | None = None, case: Case | None = None, told: bool = True
) -> Alert:
    """Marks a danger that a message speaks of, in the caller's transaction; once per key.

    Nobody heard it: the screens of agents and supervisors show it at once, and supervisors get a letter, which says
    whether its sender was `told` to call 911.
    """
    values = {"kind": _K.DANGER, "words": words[:LONGEST], "contact": contact, "case": case, "at": now()}
    alert, created = Alert.objects.get_or_create(key=key if told else queries.UNNOTIFIED + key, defaults=values)
    if created:
        _notify(alert, supervisors([desk().pk, case.department_id if case else None]), again=False)
        queries.forget()
    return alert


def _case_ids(alert: Alert) -> list[int]:
    """The marked request and those opened in the marked contact."""
    result = [alert.case_id] if alert.case_id else []
    if alert.contact_id:
        result += Case.objects.filter(matters__contact=alert.contact_id).values_list("pk", flat=True)
    return list(dict.fromkeys(result))


def carry_threat(contact: Contact, case: Case, by: User) -> None:
    """Hides staff names on a request opened in a contact where a threat was marked."""
    if contact.threat_at is not None:
        cases.mark_alert(
            case_id=case.pk, kind=_K.THREAT, words=_("Marked in the same contact."), hide_names=True, by=by
        )


def _notify(alert: Alert, to: Iterable[User], *, again: bool) -> None:
    """Queues a letter to each user, or to the town's own address when none of them has an e-mail address."""
    languages = {user.email: user.language for user in to if user.email} or {town().email: "fr"}
    for email, language in languages.items():
        if email:
            key = f"alert/{alert.pk}/{'again/' if again else ''}{email}"[:120]
            urgent = Sending(urgent=True)
            queue_letter(key=key, to=email, language=language, renderer=RENDERER, args=[alert.pk], sending=urgent)


@transaction.atomic
def take_alert(*, alert_id: int, by: User) -> Alert:
    """Takes charge of an alert, which then leaves the screens. Idempotent.

    A supervisor takes any alert; any agent takes a distress or a danger. Raises NotAllowed, NotFound, Conflict when a
    colleague has taken it.
    """
    alert = _locked(alert_id)
    if not (by.may(Action.HANDLE_ALERT) or (alert.kind != _K.THREAT and by.may(Action.TAKE_CONTACT))):
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
    """Lifts an alert for a recorded reason; staff names are shown again unless another threat is active. Idempotent.

    Allowed to the author of the alert and to supervisors. Raises NotAllowed, NotFound, Invalid (why).
    """
    alert = _locked(alert_id)
    if alert.by_id != by.pk and not by.may(Action.HANDLE_ALERT):
        raise NotAllowed(_("Whoever marked it, or a manager, lifts it."))
    if alert.lifted_at is not None:
        return alert
    why = why.strip()[:300]
    if not why:
        raise Invalid.in_field("why", _("Write a few words."))
    alert.lifted_at, alert.lifted_by, alert.lifted_why = now(), by, why
    alert.save(update_fields=["lifted_at", "lifted_by", "lifted_why"])
    # These row locks serialise with a threat being marked concurrently.
    rows = Case.objects.select_for_update().filter(pk__in=_case_ids(alert)).order_by("pk")
    case_ids = list(rows.values_list("pk", flat=True))
    list(Contact.objects.select_for_update().filter(pk=alert.contact_id or 0))
    threats = Alert.objects.filter(kind=_K.THREAT, lifted_at=None)
    if alert.contact_id and not threats.filter(contact=alert.contact_id).exists():
        Contact.objects.filter(pk=alert.contact_id).update(threat_at=None)
    for case_id in case_ids:
        threatened = (
            threats.filter(case=case_id).exists()
            or Contact.objects.filter(matters__case=case_id, threat_at__isnull=False).exists()
        )
        show_names = alert.kind == _K.THREAT and not threatened
        cases.lift_alert(case_id=case_id, kind=alert.kind, words=why, show_names=show_names, by=by)
    queries.forget()
    return alert


def chase_alerts() -> int:
    """Notifies every manager and the town, once, of alerts untaken for five minutes; returns how many."""
    rows = Alert.objects.filter(taken_at=None, lifted_at=None, chased_at=None, at__lt=now() - PATIENCE)
    alerts = list(rows[:100])
    for alert in alerts:
        with transaction.atomic():
            if Alert.objects.filter(pk=alert.pk, chased_at=None).update(chased_at=now()):
                _notify(alert, supervisors([]), again=True)
                _notify(alert, [], again=True)
    return len(alerts)


def _locked(alert_id: int) -> Alert:
    return locked_row(Alert.objects.filter(pk=alert_id), _("This alert does not exist."))
