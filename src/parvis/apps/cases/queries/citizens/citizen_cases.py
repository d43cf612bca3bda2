"""Which requests an account may see: the only place that decides it.

| A request is listed | When |
|---|---|
| sent while signed in | it was, by this account |
| kept | its private link was open in this browser: who holds the link reads the page anyway |
| by its letters | a letter about it left for an address that the account proved and that its person's file holds |

The third never applies to a sensitive file (a minor, a protected address, an employee): someone else may read that
mailbox. Such a request is listed only when it was sent or kept. A claim never follows from a name or a number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from parvis.apps.cases.models import AccountCase, Case, ClosingReason, Entry, State
from parvis.apps.cases.queries.cases import shown_kinds
from parvis.apps.cases.queries.due_status import AsOf, Row, row, state_words
from parvis.apps.cases.queries.merged_cases import as_seen_by_citizen, heads_of
from parvis.apps.mail.models import Outgoing
from parvis.apps.mail.queries import held_as
from parvis.apps.outbox.models import UNDELIVERED
from parvis.apps.residents.models import Account
from parvis.apps.residents.queries.accounts import emails_of
from parvis.lib import quebec
from parvis.lib.i18n.languages import clean

MOST = 300
LETTERS_READ = 3_000  # the last letters to an account, some about the same request
_RELATED = ("subject", "department", "owner", "address__street", "person__merged_into")


@dataclass(frozen=True)
class MyCase:
    """One request of a list: as its citizen sees it, with what is new since the account read it.

    `day` is the promised one, or the one when it ended.
    """

    case: Case
    row: Row
    state: str
    day: str
    place: str
    news: bool
    kept: bool


@dataclass(frozen=True)
class MyCases:
    """The requests of an account that a filter lets through, newest first, and the choices of the filter."""

    lines: list[MyCase]
    total: int
    open_count: int
    places: list[str] = field(default_factory=list)
    behalves: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class MyFilter:
    """`state` is "open", "closed" or "" (both); `place` and `behalf` are one of the values listed, or "" (all)."""

    state: str = ""
    place: str = ""
    behalf: str = ""

    @property
    def active(self) -> bool:
        """Whether it may leave something out."""
        return bool(self.state or self.place or self.behalf)


def cases_of_account(account: Account) -> QuerySet[Case]:
    """The requests that the account may see, by the rule above: the last 2 * MOST kept, and those of its last letters.

    Both lists are read first, so that the requests are found by their key.
    """
    kept = AccountCase.objects.filter(account=account, kept_at__isnull=False).order_by("-case_id")
    ids = [*kept.values_list("case_id", flat=True)[: 2 * MOST], *_told_by_letter(emails_of(account))]
    return Case.objects.filter(pk__in=set(ids))


def _told_by_letter(emails: list[str]) -> list[int]:
    """The ids of the requests of the last letters to these addresses, while their persons' files hold them."""
    letters = Outgoing.objects.filter(to__in=held_as(emails)).exclude(thread="").exclude(state__in=UNDELIVERED)
    threads = letters.order_by("-pk").values_list("thread", flat=True)[:LETTERS_READ]
    references = list(dict.fromkeys(thread.upper() for thread in threads))[: 2 * MOST]
    own = Q(person__merged_into=None, person__email__in=emails, person__sensitive=False)
    own |= Q(person__merged_into__email__in=emails, person__merged_into__sensitive=False)
    return list(Case.objects.filter(own, reference__in=references).values_list("pk", flat=True))


def is_listed(account: Account, case: Case) -> bool:
    """Whether the request is in the account's list, for whatever reason."""
    return is_kept(account, case) or cases_of_account(account).filter(pk=case.pk).exists()


def is_kept(account: Account, case: Case) -> bool:
    """Whether the account sent or kept the request, and may take it out of its list."""
    return AccountCase.objects.filter(account=account, case=case, kept_at__isnull=False).exists()


def my_cases(account: Account, only: MyFilter) -> MyCases:
    """The list of an account, at most MOST requests; a constant number of queries, and one for each level of merges."""
    rows = cases_of_account(account).select_related(*_RELATED).order_by("-opened_at", "-pk")[:MOST]
    own = list(rows)
    cases = [as_seen_by_citizen(case, head) for case, head in zip(own, heads_of(own), strict=True)]
    read = {row.case_id: row for row in AccountCase.objects.filter(account=account, case__in=cases)}
    latest = _latest_told(cases)
    as_of = AsOf.now()
    lines = [_line(case, read.get(case.pk), latest.get(case.pk, 0), as_of) for case in cases]
    return MyCases(
        lines=[line for line in lines if _passes(line, only)],
        total=len(lines),
        open_count=sum(line.case.is_open for line in lines),
        places=_distinct(line.place for line in lines),
        behalves=_distinct(line.case.on_behalf_of for line in lines),
    )


def latest_own(account: Account) -> Case | None:
    """The last request of the account made in the name of one of its own addresses; None without one.

    What is prefilled from it is the account's own: never what a link that was kept leads to.
    """
    cases = cases_of_account(account).select_related("person__merged_into").order_by("-opened_at", "-pk")
    emails = set(emails_of(account))
    for case in cases.exclude(person=None)[:20]:
        person = case.person.canonical if case.person else None
        if person and person.email in emails and not person.sensitive:
            return case
    return None


def _latest_told(cases: Sequence[Case]) -> dict[int, int]:
    """The number of the last entry of each case that its citizen may see and did not write."""
    entries = Entry.objects.filter(case__in=cases, kind__in=shown_kinds(), by_citizen=False)
    return dict(entries.order_by().values_list("case").annotate(last=Max("seq")))


def _line(case: Case, read: AccountCase | None, latest: int, as_of: AsOf) -> MyCase:
    return MyCase(
        case=case,
        row=row(case, as_of=as_of),
        state=_state(case),
        day=_day(case, as_of),
        place=case.place,
        news=latest > max(read.seen_seq if read else 0, 1),
        kept=bool(read and read.kept_at),
    )


def _state(case: Case) -> str:
    """The state in words, with how a closed one ended."""
    reason = ClosingReason(case.closing_reason).in_sentence if case.closing_reason else ""
    return _("%(state)s: %(reason)s") % {"state": state_words(case), "reason": reason} if reason else state_words(case)


def _day(case: Case, as_of: AsOf) -> str:
    """The promised day, or the day when it ended; "" without one."""
    moment = case.due_at if case.is_open else case.closed_at
    if moment is None:
        return ""
    day = as_of.calendar.local(moment).date()
    return quebec.day_of_month(day, clean(as_of.lang), year=day.year != as_of.here.year)


def _passes(line: MyCase, only: MyFilter) -> bool:
    if only.state and line.case.is_open != (only.state == "open"):
        return False
    return only.place in ("", line.place) and only.behalf in ("", line.case.on_behalf_of)


def _distinct(values: Iterable[str]) -> list[str]:
    return sorted({value for value in values if value}, key=str.casefold)


def may_correct(case: Case) -> bool:
    """Whether the request is as it came: new, on its own, and without a line of the staff since the first.

    One query for a new request, none otherwise.
    """
    if case.state != State.NEW or case.level or case.merged_into_id or case.merged_count:
        return False
    return not case.entries.filter(seq__gt=1, actor__isnull=False).exists()
