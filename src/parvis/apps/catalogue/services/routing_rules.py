"""Routing rules managed in the product: drafted or proposed, simulated, published, withdrawn."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import RoutingRule, Subject
from parvis.apps.catalogue.queries import subjects
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.services.staff import refuse_unless_routing
from parvis.lib.clock import now
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Conflict, Invalid, type_text

CONDITIONS = ("subjects", "sectors", "streets", "street_owners", "words", "audiences", "natures")


@dataclass(frozen=True)
class RuleWords:
    """The content of a rule: conditions (slugs and values, all must hold), destination and reason."""

    to: Department
    why_fr: str
    why_en: str
    subjects: Sequence[str] = ()
    sectors: Sequence[str] = ()
    streets: Sequence[str] = ()
    street_owners: Sequence[str] = ()
    words: Sequence[str] = ()
    audiences: Sequence[str] = ()
    natures: Sequence[str] = ()
    urgent: bool = False


@transaction.atomic
def save_rule(*, said: RuleWords, by: User, rule_id: int | None = None) -> RoutingRule:
    """Saves a rule as a draft, which routes nothing yet.

    Raises NotAllowed, NotFound, Invalid (why_fr, why_en, subjects, to), and Conflict for a published rule or one of the
    town's files.
    """
    refuse_unless_routing(by)
    _check(said)
    rule = _draft(rule_id) if rule_id else RoutingRule(name=_new_name(), position=_last_position() + 1)
    rule.to, rule.urgent, rule.why_fr, rule.why_en = said.to, said.urgent, said.why_fr.strip(), said.why_en.strip()
    for name in CONDITIONS:
        setattr(rule, name, [str(value).strip() for value in getattr(said, name) if str(value).strip()])
    rule.state, rule.from_town_file = RoutingRule.State.DRAFT, False
    rule.save()
    return rule


def propose_rule(*, subject: Subject, left: Department, to: Department, bounces: int) -> RoutingRule | None:
    """Drafts a rule for a subject whose requests department `left` handed on to `to` so many times (`bounces`).

    One proposal per subject and destination; a repeat updates its count. None when a published rule of the product does
    it already. The caller is in a transaction.
    """
    rules = RoutingRule.objects.filter(from_town_file=False, to=to)
    existing = next((rule for rule in rules if rule.subjects == [subject.slug] and not rule.words), None)
    if existing is not None and existing.state == RoutingRule.State.PUBLISHED:
        return None
    if existing is not None:
        existing.bounces = bounces
        existing.save(update_fields=["bounces"])  # only the count: a manager may be editing the rest
        return existing
    why_fr = f"{left.name_fr} a dit que ces requêtes vont à {to.name_fr}."
    why_en = f"{left.name_en} said that these requests go to {to.name_en}."
    return RoutingRule.objects.create(
        name=_new_name(), position=_last_position() + 1, subjects=[subject.slug], to=to, from_town_file=False,
        state=RoutingRule.State.DRAFT, why_fr=why_fr[:300], why_en=why_en[:300], bounces=bounces,
    )  # fmt: skip


def note_tried(*, rule: RoutingRule) -> None:
    """Records that the rule's current version was simulated on past requests."""
    rule.tried = mark_of(rule)
    rule.save(update_fields=["tried"])


@transaction.atomic
def publish_rule(*, rule_id: int, seen: str, by: User) -> RoutingRule:
    """Puts a rule in force, ahead of those of the town's files.

    `seen` is the mark of the version whose simulation the user saw. Raises NotAllowed, NotFound, and Conflict unless
    the current version was simulated and is the one seen.
    """
    refuse_unless_routing(by)
    rule = _draft(rule_id)
    if rule.tried != mark_of(rule):
        raise Conflict(_("Try the rule on past requests first, and look at what would change."))
    if seen != mark_of(rule):
        raise Conflict(_("A colleague changed this rule since you looked at it. Look at what it would do now."))
    rule.state, rule.published_at, rule.published_by = RoutingRule.State.PUBLISHED, now(), by
    rule.save()
    subjects.forget()
    return rule


@transaction.atomic
def withdraw_rule(*, rule_id: int, by: User) -> RoutingRule:
    """Turns a rule back into a draft. Cases already routed stay where they are."""
    refuse_unless_routing(by)
    rule = _own(rule_id)
    rule.state = RoutingRule.State.DRAFT
    rule.save(update_fields=["state"])
    subjects.forget()
    return rule


@transaction.atomic
def drop_rule(*, rule_id: int, by: User) -> None:
    """Removes a draft for good."""
    refuse_unless_routing(by)
    _draft(rule_id).delete()


def mark_of(rule: RoutingRule) -> str:
    """A hash of the rule's conditions and destination."""
    content = [[sorted(getattr(rule, name)) for name in CONDITIONS], rule.to_id, rule.urgent]
    return sha256(json.dumps(content).encode()).hexdigest()


def _check(said: RuleWords) -> None:
    wrong: dict[str, type_text] = {}
    for name in ("why_fr", "why_en"):
        if not getattr(said, name).strip():
            wrong[name] = _("Say why, in both languages: it is shown on each request.")
    if not any(str(value).strip() for name in CONDITIONS for value in getattr(said, name)):
        wrong["subjects"] = _("Give at least one condition: this rule would catch every request.")
    if not said.to.active:
        wrong["to"] = _("Choose a department that is active.")
    if wrong:
        raise Invalid(_("This rule is not whole yet."), wrong)


def _own(rule_id: int) -> RoutingRule:
    rule = locked_row(RoutingRule.objects.select_related("to").filter(pk=rule_id), _("This rule does not exist."))
    if rule.from_town_file:
        raise Conflict(_("This rule is in the town's files: change it there."))
    return rule


def _draft(rule_id: int) -> RoutingRule:
    rule = _own(rule_id)
    if rule.state == RoutingRule.State.PUBLISHED:
        raise Conflict(_("This rule is published: withdraw it before changing it."))
    return rule


def _new_name() -> str:
    return f"rule:{(RoutingRule.objects.aggregate(last=Max('pk'))['last'] or 0) + 1}"


def _last_position() -> int:
    own = RoutingRule.objects.filter(from_town_file=False)
    return own.aggregate(last=Max("position"))["last"] or 0
