"""Stories of leisure: families who register and pay, who waits for a full group, aid, health, custody, refunds."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from parvis.apps.billing.models import Invoice, Payment, Refund
from parvis.apps.billing.queries.balances import balance_of
from parvis.apps.billing.services.payments import take_at_counter
from parvis.apps.billing.services.refunds import record_given
from parvis.apps.directory.models import Actor, User
from parvis.apps.households.models import (
    Assurance,
    ConsentPurpose,
    Household,
    Individual,
    PickUpRestriction,
    ResidenceProof,
)
from parvis.apps.households.queries import health_form_of, members_of
from parvis.apps.households.services.changes import update_member
from parvis.apps.households.services.custody import restrict_pick_up
from parvis.apps.households.services.health import HealthAnswers, answer_consents, sign_health_form
from parvis.apps.households.services.households import (
    add_adult,
    add_child,
    make_household_at_counter,
    open_household,
    record_proof,
)
from parvis.apps.leisure.models import Group, Hall, Registration, Season
from parvis.apps.leisure.models.registrations import Channel
from parvis.apps.leisure.queries.catalogue import views_of
from parvis.apps.leisure.services import keeping, settling, waiting
from parvis.apps.leisure.services.aid import give_aid
from parvis.apps.leisure.services.management import change_group
from parvis.apps.leisure.services.places import OFFER_LASTS
from parvis.apps.leisure.services.refusals import HallsTaken
from parvis.apps.leisure.services.registering import cancel_registration, check_out, hold_places
from parvis.apps.places.models import Address
from parvis.apps.residents.models import Person
from parvis.apps.residents.services.people import register_person, update_person
from parvis.lib.clock import now, today
from parvis.operations.demo.families import FROM_ELSEWHERE, Family, Relative
from parvis.operations.demo.households import proved_account
from parvis.operations.demo.marks import NOTE
from parvis.operations.demo.play import Story
from parvis.operations.demo.registering import Leisure
from parvis.operations.demo.texts import drawn

UNPAID = 0.1
PROVED_FOR = timedelta(days=330)
MEANS = ((Payment.Method.CASH, 3.0), (Payment.Method.CHEQUE, 1.0))
HEALTH = (
    HealthAnswers(nothing_to_report=True),
    HealthAnswers(nothing_to_report=True),
    HealthAnswers(nothing_to_report=True),
    HealthAnswers(
        allergies="Arachides", medication="Auto-injecteur d’adrénaline, dans son sac", what_to_do="Appeler le 911"
    ),
    HealthAnswers(conditions="Asthme à l’effort", medication="Pompe bleue, au besoin"),
)
State = Registration.State


def family_story(town: Leisure, family: Family, season: Season) -> Story:
    """A family becomes known, registers in a season, and pays."""
    _become_known(town, family)
    yield town.rush(family, season)
    yield from _registering(town, family, season)


def again(town: Leisure, family: Family, season: Season) -> Story:
    """A family that is known registers in another season, and pays."""
    if family.rank in town.households:
        yield from _registering(town, family, season)


def _become_known(town: Leisure, family: Family) -> None:
    """The household of a family: opened on the site, or made at the counter, where a proof of residence is seen."""
    clerk, payer = town.clerk(), family.adults[0]
    home = Address.objects.select_related("street").get(pk=family.home) if family.home else None
    born = _born(town, payer)
    if family.on_line:
        account = proved_account(family.email)
        elsewhere = "" if home else FROM_ELSEWHERE
        household = open_household(
            account=account, name=payer.name, born=born, address=home, address_text=elsewhere, phone=family.phone
        )
        if (person := _payer(household).person) is not None:
            update_person(person=person, note=NOTE, by=Actor.system())
        by = Actor.citizen()
    else:
        person = register_person(
            name=payer.name,
            phone=family.phone,
            email=family.email,
            address=home,
            address_text="" if home else FROM_ELSEWHERE,
            note=NOTE,
            by=Actor.system(),
        )
        household = make_household_at_counter(person=person, by=clerk, seen=True)
        by = Actor.staff(clerk)
        update_member(household=household, individual=_payer(household), name=payer.name, born=born, by=by)
    for other in family.adults[1:]:
        person = register_person(name=other.name, reach=Person.Reach.NONE, note=NOTE, by=Actor.system())
        add_adult(household=household, name=other.name, born=_born(town, other), person=person, by=by)
    for child in family.children:
        add_child(household=household, name=child.name, born=_born(town, child), by=by)
    if home:
        kind = town.rng.choice((ResidenceProof.Kind.TAX_BILL, ResidenceProof.Kind.LEASE, ResidenceProof.Kind.LICENCE))
        record_proof(household=household, kind=kind, expires_on=today() + PROVED_FOR, by=clerk)
    town.households[family.rank] = household


def _registering(town: Leisure, family: Family, season: Season) -> Story:
    """Places taken, billed, paid in the days after; who must, signs a health form."""
    household, by = town.households[family.rank], None if family.on_line else town.clerk()
    channel = Channel.WEB if by is None else town.rng.choice((Channel.PHONE, Channel.PHONE, Channel.COUNTER))
    held = False
    for group, people in town.wanted(household, season).items():
        rows = hold_places(
            household=household,
            group=group,
            individuals=people,
            together=False,
            wait=True,
            channel=channel,
            assurance=Assurance.PROVED_ADDRESS if by is None else Assurance.SEEN,
            by=by,
        )
        held = held or any(row.state == State.HELD for row in rows)
        if group.activity.health_form:
            _sign(town, household, people, by)
    if held:
        # on line one pays by card in the first hours: these call, to pay at the counter
        clerk, through = by or town.staff.clerks[0], Channel.PHONE if by is None else channel
        invoice = check_out(household=household, language="fr", at_counter=True, by=clerk, channel=through)
        yield from _paying(town, invoice)


def _paying(town: Leisure, invoice: Invoice) -> Story:
    """Nine households in ten pay within their five days; what the others keep is free again."""
    if town.rng.random() >= UNPAID:
        yield town.later(town.rng.uniform(5, 1100), now())
        _pay(town, invoice)


def _pay(town: Leisure, invoice: Invoice) -> None:
    if balance_of(invoice) > 0:
        method = drawn(MEANS, town.rng)
        details = f"Chèque {town.rng.randint(100, 899)}" if method == Payment.Method.CHEQUE else ""
        take_at_counter(key=town.key(), invoice=invoice, method=method, details=details, by=town.clerk())


def _sign(town: Leisure, household: Household, people: list[Individual], by: User | None) -> None:
    """The payer signs the form of each, but for one in seven, and says what is allowed."""
    payer, actor = _payer(household), Actor.staff(by) if by else Actor.citizen()
    for one in people:
        if town.rng.random() < 0.15 or health_form_of(one, household):
            continue
        answers = town.rng.choice(HEALTH)
        signed = HealthAnswers(
            **{**vars(answers), "contact_name": payer.name, "contact_phone": f"450 555-0{town.rng.randint(100, 199)}"}
        )
        sign_health_form(household=household, individual=one, answers=signed, said_by=payer, by=actor)
        said: dict[str, bool] = {
            ConsentPurpose.PHOTOGRAPHS: town.rng.random() < 0.7,
            ConsentPurpose.FIRST_AID: True,
        }
        answer_consents(household=household, individual=one, answers=said, said_by=payer, by=actor)


def managing(town: Leisure, season: Season) -> Story:
    """Before a season opens: who leads, a quota, a hall that is taken and kept so; then aid, and a court's decision."""
    manager, groups = town.staff.manager, list(season.groups.filter(cancelled_at=None).select_related("hall"))
    if town.staff.instructor:
        asking = [group for group in groups if group.activity.health_form]
        for group in asking[:3]:
            _change(group, by=manager, instructor=town.staff.instructor)
    town.rng.shuffle(groups)
    _change(groups[0], by=manager, non_resident_quota=max(1, groups[0].capacity // 4))
    _book_twice(groups[1:], manager)
    yield season.residents_open_at - timedelta(minutes=30)
    barred = PickUpRestriction.objects.exists()
    for rank, household in sorted(town.households.items()):
        if rank in town.aided:
            give_aid(
                household=household,
                season=season,
                percent=50,
                most_cents=150_00,
                ends_on=season.ends_on,
                reason="Exemple : budget serré, lettre d’un organisme vue au comptoir",
                by=manager,
            )
        child = next((member.individual for member in members_of(household) if member.is_child), None)
        if child and not barred:  # one is enough
            restrict_pick_up(
                child=child,
                adult=None,
                name="Robert Exemple",
                document=PickUpRestriction.Document.JUDGMENT,
                document_on=today() - timedelta(days=90),
                by=manager,
            )
            barred = True


def _change(group: Group, *, by: User, seen: str = "", **values: object) -> None:
    kept: dict[str, object] = {
        "capacity": group.capacity,
        "non_resident_quota": group.non_resident_quota,
        "instructor": group.instructor,
    }
    change_group(group=group, by=by, seen=seen, **kept | values)  # type: ignore[arg-type]


def _book_twice(groups: list[Group], manager: User) -> None:
    """Moves a group to another hall of the same address, which is taken, and confirms it: someone must look at it."""
    for group in groups:
        near = Hall.objects.filter(address=group.hall.address_id, capacity__gte=group.capacity)
        for hall in near.exclude(pk=group.hall_id).order_by("slug") if group.hall.address_id else ():
            try:
                _change(group, by=manager, hall=hall)
            except HallsTaken as taken:
                _change(group, by=manager, hall=hall, seen=taken.trouble.mark)
                return
            _change(group, by=manager, hall=group.hall)


def keeping_places(town: Leisure, season: Season, until: date) -> Story:
    """Those of last season are offered a place in the group that follows theirs, before the opening."""
    groups = list(season.groups.filter(cancelled_at=None).exclude(previous=None).order_by("slug"))
    keeping.bring_in(season=season, groups=groups, until=until, by=town.staff.manager)
    yield from ()


def answering(town: Leisure, family: Family, season: Season) -> Story:
    """A family that is offered its places of last season: most accept and pay, some decline, some have not answered."""
    household, by = town.households.get(family.rank), town.clerk()
    if household is None:
        return
    rows = Registration.objects.filter(household=household, group__season=season, state=State.OFFERED).order_by("pk")
    accepted = False
    for row in rows:
        answer = town.rng.random()
        if answer < 0.5:
            accepted = bool(waiting.accept_offer(registration=row, channel=Channel.PHONE, by=by)) or accepted
        elif answer < 0.65:
            waiting.decline_offer(registration=row, channel=Channel.PHONE, by=by)
    if accepted:
        invoice = check_out(household=household, language="fr", at_counter=True, by=by, channel=Channel.PHONE)
        yield from _paying(town, invoice)


def sweeping(town: Leisure) -> Story:
    """What the worker does each minute about places, done each day around an opening, each week otherwise; who is
    offered a place that is free again takes it.
    """
    while now() < town.until:
        waits = now() + OFFER_LASTS - timedelta(hours=12)  # those just offered have not read their letter yet
        offered = Registration.objects.filter(state=State.OFFERED, until__lt=waits).exclude(channel=Channel.KEPT)
        for row in offered.order_by("pk").select_related("household"):
            clerk = town.clerk()
            if waiting.accept_offer(registration=row, channel=Channel.PHONE, by=clerk):
                invoice = check_out(
                    household=row.household, language="fr", at_counter=True, by=clerk, channel=Channel.PHONE
                )
                _pay(town, invoice)
        for group_id in waiting.groups_to_promote():
            waiting.promote(group_id=group_id)
        for invoice_id in settling.overdue_invoices():
            settling.free_unpaid(invoice_id=invoice_id)
        for registration_id in settling.unpaid_to_credit():
            settling.credit_unpaid(registration_id=registration_id)
        busy = any(-8 <= (now() - season.residents_open_at).days <= 12 for season in town.seasons)
        following = now() + timedelta(days=1 if busy else 7)
        last = town.until - timedelta(minutes=10)
        yield last if now() < last < following else following


def leaving(town: Leisure, season: Season, *, of_full: bool = False, given: bool = True) -> Story:
    """Someone gives their paid place back: of a full group, whose next one is then offered it. The treasurer gives back
    what was paid some hours later, or has not yet.
    """
    row = _leaver(season, of_full=of_full)
    if row is None:
        return
    cancel_registration(registration=row, channel=Channel.PHONE, by=town.clerk(), why="Exemple : un déménagement")
    if not given:
        return
    yield town.later(town.rng.uniform(60, 800), now())
    treasurer = town.staff.treasurer
    for refund in Refund.objects.filter(done_at=None, payment__invoice__household=row.household).order_by("pk"):
        if refund.way != Refund.Way.ORIGINAL:
            record_given(refund=refund, way=Refund.Way(refund.way), by=treasurer)


def _leaver(season: Season, *, of_full: bool) -> Registration | None:
    rows = Registration.objects.filter(group__season=season, state=State.CONFIRMED).order_by("-pk")
    if of_full:
        rows = rows.filter(group__registrations__state=State.WAITING)
    return rows.select_related("group", "household", "individual", "invoice_line__invoice").first()


def crowding(town: Leisure, season: Season) -> Story:
    """The places of a group are cut below those that are taken: nobody is dropped, and someone must decide."""
    groups = season.groups.filter(cancelled_at=None).select_related("season", "activity", "hall", "instructor")
    views = [view for view in views_of(groups) if 3 <= view.taken < view.capacity]
    if views:
        view = max(views, key=lambda one: (one.taken, one.slug))
        _change(view.group, by=town.staff.manager, capacity=view.taken - 1)
    yield from ()


def stories(town: Leisure) -> Iterator[tuple[datetime, Story]]:
    """Every story with its first moment; what would come after the present is left out by `play`."""
    for rank, season in enumerate(town.seasons):
        opens, first = season.residents_open_at, rank == 0
        yield town.before(opens - timedelta(days=8)), managing(town, season)
        for family in town.families:
            if first:
                yield town.before(opens), family_story(town, family, season)
            elif town.rng.random() < 0.8:
                yield town.rush(family, season), again(town, family, season)
        yield opens + timedelta(days=3), leaving(town, season)
        if season.ends_on >= town.calendar.local(town.until).date():
            yield town.until - timedelta(hours=5), leaving(town, season, of_full=True, given=False)
            yield town.until - timedelta(hours=3), leaving(town, season, given=False)
            yield town.until - timedelta(hours=2), crowding(town, season)
        if not first:
            published = max(season.published_at or opens, opens - timedelta(days=13))
            day = town.calendar.add_working_days(town.calendar.local(published).date(), 1)
            asked, last = town.in_office_hours(day), (opens - timedelta(days=2)).date()
            yield asked, keeping_places(town, season, last)
            for family in town.families:
                yield town.later(town.rng.uniform(30, 2200), asked), answering(town, family, season)
    if town.seasons:
        yield town.seasons[0].residents_open_at, sweeping(town)


def _born(town: Leisure, relative: Relative) -> date:
    """The birth date of someone of that age since some months."""
    return today() - timedelta(days=round(relative.age * 365.25) + town.rng.randint(60, 300))


def _payer(household: Household) -> Individual:
    return next(member.individual for member in members_of(household) if not member.is_child)
