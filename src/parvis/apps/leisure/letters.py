"""The letters about places: confirmed, offered, cancelled, free again since nobody paid, paid too late."""

from collections.abc import Sequence

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from parvis.apps.billing.models import Invoice, PaymentAttempt
from parvis.apps.directory.queries import town
from parvis.apps.households.models import Household
from parvis.apps.leisure.models import Group, Registration
from parvis.apps.leisure.queries.calendars import hall_address
from parvis.apps.leisure.queries.cancellations import kept_beside_cancelled, words_after
from parvis.apps.leisure.queries.catalogue import Span, spans_of
from parvis.apps.leisure.queries.health import without_health_form
from parvis.apps.leisure.queries.registrations import those_together
from parvis.apps.mail.letters import Content, Letter, compose
from parvis.lib import quebec
from parvis.lib.i18n.languages import clean
from parvis.lib.i18n.localized import localized


def confirmed(registration_id: int) -> Letter:
    """Confirms the place of one participant: what, the first meeting, where, what to bring."""
    row = _row(registration_id)
    activity, span, language = row.group.activity, _span(row), clean(get_language())
    pairs = [(_("Participant"), row.individual.name), (_("Activity"), str(activity)), *_when(span)]
    place = ", ".join(part for part in (str(row.group.hall), hall_address(row)) if part)
    pairs.append((_("Place"), place))
    if bring := localized(activity, "bring"):
        pairs.append((_("To bring"), bring))
    said = [
        _("%(name)s is registered. The dates are in the calendar file that comes with this letter.")
        % {"name": row.individual.name}
    ]
    if without_health_form([row], span.first_starts.date() if span else None):
        said += [_health_words(row), _("The form is here: %(url)s") % {"url": _health_url(row)}]
    content = Content(
        greeting=_("Hello,"),
        paragraphs=said,
        pairs=pairs,
        action=_("See my registrations"),
        action_url=_registrations_url(),
        closing=[
            _("You can no longer come? Cancel on that page: we give back the part of the meetings that are left.")
        ],
    )
    first = f", {quebec.day(span.first_starts.date(), language, year=False)}" if span else ""
    values = {"name": row.individual.name, "activity": activity, "day": first}
    return compose(_("Registered: %(name)s, %(activity)s%(day)s") % values, content)


def health_form(registration_id: int) -> Letter:
    """Reminds that a health form must be filled or renewed before the first meeting; nothing of health is in it."""
    row = _row(registration_id)
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[_health_words(row), _("It takes two minutes, on your phone.")],
        pairs=[(_("Participant"), row.individual.name), (_("Activity"), str(row.group.activity)), *_when(_span(row))],
        action=_("Fill the health form"),
        action_url=_health_url(row),
        closing=[_("Is it signed already? You have nothing to do.")],
    )
    values = {"name": row.individual.name, "activity": row.group.activity}
    return compose(_("Health form to fill: %(name)s, %(activity)s") % values, content)


def _health_words(row: Registration) -> str:
    words = _("%(name)s needs a health form of less than a year to attend. It is to be filled or renewed.")
    return words % {"name": row.individual.name}


def _health_url(row: Registration) -> str:
    return f"{settings.PARVIS_URL}/mon-dossier/famille/{row.individual.public_id}/sante/"


def offer(registration_id: int) -> Letter:
    """Offers a place to the next ones on the waiting list: until when, how to accept or decline, and by which rule."""
    row = _row(registration_id)
    unit = [each for each in those_together(row) if each.state == Registration.State.OFFERED] or [row]
    names = quebec.join([each.individual.name for each in unit], clean(get_language()))
    until = _moment(row)
    pairs = [(_("Participant"), names), (_("Activity"), str(row.group.activity)), *_when(_span(row))]
    pairs.append((_("Price"), quebec.money(row.price_cents, clean(get_language()))))
    place, url = town(), f"{settings.PARVIS_URL}/loisirs/offre/{row.public_id}/"
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            quebec.without_double_stop(
                _("A place is free for %(names)s. It is kept for you until %(until)s.")
                % {"names": names, "until": until}
            ),
            _("Once you accept, it is in your basket for 20 minutes: accept when you are ready to pay."),
        ],
        pairs=pairs,
        action=_("Accept or decline"),
        action_url=url,
        closing=[
            _("You do not want it? Decline on the same page: the next person is told at once."),
            _(
                "How places are offered: a program does it, in the order in which people joined the list. Those who "
                "stay together need as many places; with fewer, the next ones get them. Nothing else counts."
            ),
            _(
                "You may have a person look again at what the program decided, and tell us what you think of it: "
                "%(email)s, %(phone)s."
            )
            % {"email": place.email, "phone": quebec.phone(place.phone, clean(get_language()))},
        ],
    )
    return compose(_("A place is free: %(activity)s") % {"activity": row.group.activity}, content)


def kept(registration_ids: Sequence[int]) -> Letter:
    """Offers a household the places that its participants of last season may keep: until when, and how to answer."""
    found = [_row(each) for each in registration_ids]
    rows = [row for row in found if row.state == Registration.State.OFFERED] or found
    language, season = clean(get_language()), rows[0].group.season
    until = _moment(rows[0])
    opens = quebec.moment(season.residents_open_at, language, timezone.get_default_timezone(), year=False)
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            quebec.without_double_stop(
                _("You have a place from last season: it is kept for you in %(season)s until %(until)s.")
                % {"season": season, "until": until}
            ),
            _("Once you accept, it is in your basket for 20 minutes: accept when you are ready to pay."),
        ],
        pairs=[pair for row in rows for pair in _kept_pairs(row)],
        action=_("Accept or decline"),
        action_url=f"{settings.PARVIS_URL}/loisirs/offre/{rows[0].public_id}/",
        closing=[
            quebec.without_double_stop(
                _("A place that is not accepted by then is free for everyone at the opening, on %(moment)s.")
                % {"moment": opens}
            )
        ],
    )
    return compose(_("Your place from last season: to accept until %(until)s") % {"until": until}, content)


def _kept_pairs(row: Registration) -> list[tuple[str, str]]:
    pairs = [(_("Participant"), row.individual.name), (_("Activity"), str(row.group.activity)), *_when(_span(row))]
    return [*pairs, (_("Price"), quebec.money(row.price_cents, clean(get_language())))]


def cancelled(registration_id: int) -> Letter:
    """Says that a place is cancelled as it was asked, what is given back, and what stays of its invoice."""
    row = _row(registration_id)
    kept = kept_beside_cancelled(row)
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[_("You asked to cancel this registration. Here is what was done."), *words_after(row)],
        pairs=[(_("Participant"), row.individual.name), (_("Activity"), str(row.group.activity)), *_when(_span(row))],
        action=_("Pay what is left") if kept else _("See my registrations"),
        action_url=_registrations_url(),
        closing=[_("You did not ask for it? Call us: the place may be free still.")],
    )
    values = {"name": row.individual.name, "activity": row.group.activity}
    return compose(_("Cancelled: %(name)s, %(activity)s") % values, content)


def time_over(invoice_id: int) -> Letter:
    """Says that places that were being paid are free again, and that nothing is owed."""
    invoice = Invoice.objects.get(pk=invoice_id)
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            _("The time to pay is over, and no payment came: these places are free for others again."),
            _("Nothing was taken, and you owe nothing. Did you pay just now? We seat you or refund you, and tell you."),
        ],
        pairs=_what(invoice, Registration.objects.filter(state=Registration.State.LAPSED)),
        action=_("See the programme"),
        action_url=f"{settings.PARVIS_URL}/loisirs/",
    )
    return compose(_("Your places are free again"), content)


def paid_too_late(invoice_id: int) -> Letter:
    """Says that a payment came when a place was gone, and that it is refunded; or proposed to be, when its
    household had cancelled it.
    """
    invoice = Invoice.objects.get(pk=invoice_id)
    lost = Registration.objects.exclude(state=Registration.State.CONFIRMED)
    if not lost.filter(invoice_line__invoice=invoice, cancel_asked_at=None).exists():
        return _paid_once_cancelled(invoice)
    lost = lost.filter(cancel_asked_at=None)
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            _("Your payment came when places of this basket were already gone. We could not give them back."),
            _("What you paid for them is being refunded, the way you paid. A card shows it within ten days."),
        ],
        pairs=[*_what(invoice, lost), (_("Invoice"), invoice.number)],
        action=_("See my registrations"),
        action_url=_registrations_url(),
    )
    return compose(_("Your payment is refunded"), content)


def _paid_once_cancelled(invoice: Invoice) -> Letter:
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            _("Your payment came after the cancellation that you asked for. You do not have these places any more."),
            _("Its refund is proposed to the treasury, which decides of it. You have nothing to do."),
        ],
        pairs=[*_what(invoice), (_("Invoice"), invoice.number)],
        action=_("See my registrations"),
        action_url=_registrations_url(),
    )
    return compose(_("Your payment came after your cancellation"), content)


def group_cancelled(registration_id: int, why: str) -> Letter:
    """Says that the town cancelled a group, why, and that everything paid is refunded."""
    row = _row(registration_id)
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            _("We had to cancel this group, and we are sorry."),
            _("What you paid for it is refunded in full, the way you paid. You have nothing to do.")
            if row.invoice_line_id
            else _("You owe nothing for it."),
        ],
        quote=why,
        quoted=town().name,
        pairs=[(_("Participant"), row.individual.name), (_("Activity"), str(row.group.activity)), *_when(_span(row))],
        action=_("See the programme"),
        action_url=f"{settings.PARVIS_URL}/loisirs/",
    )
    return compose(_("Cancelled by the town: %(activity)s") % {"activity": row.group.activity}, content)


def unusual_share(group_id: int, household_id: int, unpaid: int) -> Letter:
    """Tells who manages leisure that one household kept so many places of a group without having paid them. It names no
    one else of it.
    """
    group = Group.objects.select_related("activity", "season").get(pk=group_id)
    household = Household.objects.get(pk=household_id)
    words = ngettext(
        "One household keeps %(unpaid)s of the %(of)s places of this group, and has not paid it.",
        "One household keeps %(unpaid)s of the %(of)s places of this group, and has not paid them.",
        unpaid,
    )
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            words % {"unpaid": unpaid, "of": group.capacity},
            _("It may be a large household. Look at it, and call them if need be, before others are turned away."),
        ],
        pairs=[
            (_("Activity"), str(group.activity)),
            (_("Season"), str(group.season)),
            (_("Household"), str(household)),
        ],
        action=_("See the group"),
        action_url=f"{settings.PARVIS_URL}/desk/loisirs/groupe/{group.slug}/",
    )
    return compose(_("Many unpaid places of one household: %(activity)s") % {"activity": group.activity}, content)


def payment_page(attempt_id: int) -> Letter:
    """The page where places held by telephone or at the counter are paid, and until when."""
    attempt = PaymentAttempt.objects.select_related("invoice").get(pk=attempt_id)
    language = clean(get_language())
    until = quebec.moment(attempt.pay_before, language, timezone.get_current_timezone(), year=False)
    content = Content(
        greeting=_("Hello,"),
        paragraphs=[
            quebec.without_double_stop(
                _("The places that we chose together are kept until %(until)s. You pay on the page of the bank.")
                % {"until": until}
            ),
        ],
        pairs=[*_what(attempt.invoice), (_("To pay"), quebec.money(attempt.cents, language))],
        action=_("Pay"),
        action_url=f"{settings.PARVIS_URL}/paiement/{attempt.secret}/",
        closing=[_("You may also pay at the counter. If you do not, the places are free again, and nothing is owed.")],
    )
    return compose(_("Your places: to pay until %(until)s") % {"until": until}, content)


def _row(registration_id: int) -> Registration:
    rows = Registration.objects.select_related(
        "group__season", "group__activity", "group__hall__address__street", "individual"
    )
    return rows.get(pk=registration_id)


def _span(row: Registration) -> Span | None:
    return spans_of([row.group_id]).get(row.group_id)


def _when(span: Span | None) -> list[tuple[str, str]]:
    if span is None:
        return []
    language = clean(get_language())
    hours = quebec.hours_range(span.first_starts.time(), span.first_ends.time(), language)
    first = f"{quebec.day(span.first_starts.date(), language)}, {hours}"
    meetings = [(pgettext("of a group", "First meeting"), first)]
    if span.count > 1:
        meetings.append((pgettext("of a group", "Last meeting"), quebec.day(span.last_starts.date(), language)))
    return meetings


def _moment(row: Registration) -> str:
    return quebec.moment(row.until or row.made_at, clean(get_language()), timezone.get_default_timezone(), year=False)


def _what(invoice: Invoice, only: QuerySet[Registration] | None = None) -> list[tuple[str, str]]:
    """Who is in what, of an invoice; `only` these registrations."""
    lines = invoice.lines.filter(reverses=None).select_related("participant")
    if only is not None:
        lines = lines.filter(registration__in=only)
    return [(line.participant.name if line.participant else _("Participant"), line.words) for line in lines]


def _registrations_url() -> str:
    return f"{settings.PARVIS_URL}/mon-dossier/inscriptions/"
