"""Routing rules: listed, drafted, simulated, published; drafts may come from misrouted cases."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parvis.apps.cases.queries.reporting.routing_simulation import simulate
from parvis.apps.catalogue.models import Audience, Nature, RoutingRule, Subject
from parvis.apps.catalogue.services import routing_rules as services
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.places.models import Sector
from parvis.lib import quebec
from parvis.lib.errors import Conflict, Invalid
from parvis.surfaces.desk.admin.rule_forms import RuleForm
from parvis.surfaces.desk.case.screen import street_owners
from parvis.surfaces.desk.gate import agent_of, requires
from parvis.ui.messages import done, refused, showing_refusal
from parvis.ui.views import or_404


@requires(Action.SET_ROUTING, "GET")
def rules(request: HttpRequest) -> HttpResponseBase:
    """Every rule in the order of evaluation; drafts and proposals first."""
    all_rules = list(RoutingRule.objects.select_related("to", "owner"))
    names = _names()
    draft = RoutingRule.State.DRAFT
    context = {
        "drafts": [{"rule": rule, "conditions": conditions(rule, names)} for rule in all_rules if rule.state == draft],
        "published": [
            {"rule": rule, "conditions": conditions(rule, names)} for rule in all_rules if rule.state != draft
        ],
    }
    return render(request, "desk/rules/list.html", context)


@requires(Action.SET_ROUTING, "GET", "POST")
def rule(request: HttpRequest, rule_id: int | None = None) -> HttpResponseBase:
    """Creates or edits a rule; once saved, shows a simulation over past cases."""
    routing_rule = _editable(rule_id) if rule_id else None
    if request.method != "POST":
        return _show(request, routing_rule, RuleForm(rule=routing_rule))
    form = RuleForm(request.POST, rule=routing_rule)
    if not form.is_valid():
        return _show(request, routing_rule, form, 422)
    try:
        saved = services.save_rule(said=form.rule_words(routing_rule), by=agent_of(request), rule_id=rule_id)
    except Invalid as error:
        form.refuse(error.fields, error.message)
        return _show(request, routing_rule, form, error.status)
    except Conflict as conflict:
        refused(request, str(conflict.message))
        return redirect("desk:rules")
    done(request, _("The rule is kept. Here is what it would have done; nothing is routed by it yet."))
    return redirect("desk:rule", saved.pk)


@requires(Action.SET_ROUTING, "POST")
def publish(request: HttpRequest, rule_id: int) -> HttpResponseBase:
    """Publishes a draft."""

    def run() -> None:
        services.publish_rule(rule_id=rule_id, seen=request.POST.get("seen", ""), by=agent_of(request))

    return _change(request, rule_id, run, _("The rule is published: new requests follow it."))


@requires(Action.SET_ROUTING, "POST")
def withdraw(request: HttpRequest, rule_id: int) -> HttpResponseBase:
    """Makes a published rule a draft again."""

    def run() -> None:
        services.withdraw_rule(rule_id=rule_id, by=agent_of(request))

    return _change(request, rule_id, run, _("The rule is withdrawn: it is a draft again."))


@requires(Action.SET_ROUTING, "POST")
def drop(request: HttpRequest, rule_id: int) -> HttpResponseBase:
    """Deletes a draft."""

    def run() -> None:
        services.drop_rule(rule_id=rule_id, by=agent_of(request))

    return _change(request, rule_id, run, _("The draft is removed."))


def _change(request: HttpRequest, rule_id: int, run: Callable[[], None], words: str) -> HttpResponseBase:
    _editable(rule_id)
    with showing_refusal(request):
        run()
        done(request, words)
        return redirect("desk:rules")
    return redirect("desk:rule", rule_id)


def _show(
    request: HttpRequest, routing_rule: RoutingRule | None, form: RuleForm, status: int = 200
) -> HttpResponseBase:
    context: dict[str, Any] = {"form": form, "rule": routing_rule}
    if routing_rule is not None:
        context["conditions"] = conditions(routing_rule, _names())
        if not form.is_bound:
            context |= {"trial": simulate(routing_rule), "seen": services.mark_of(routing_rule)}
            if routing_rule.state == RoutingRule.State.DRAFT:
                services.note_tried(rule=routing_rule)
    return render(request, "desk/rules/rule.html", context, status=status)


def _editable(rule_id: int) -> RoutingRule:
    return or_404(RoutingRule.objects.select_related("to", "owner").filter(pk=rule_id, from_town_file=False).first())


def conditions(rule: RoutingRule, names: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
    """The conditions of a rule in words: (label, values)."""
    labels = {
        "subjects": _("Subjects"),
        "sectors": _("Sectors"),
        "streets": _("Streets"),
        "street_owners": _("Who keeps the street"),
        "words": _("Words"),
        "audiences": _("Audience"),
        "natures": _("Kind"),
    }
    result = []
    for name, label in labels.items():
        values = [names.get(name, {}).get(value, value) for value in getattr(rule, name)]
        if values:
            result.append((label, quebec.join(values, get_language() or "fr", word=_("or"))))
    return result


def _names() -> dict[str, dict[str, str]]:
    return {
        "subjects": {subject.slug: subject.title for subject in Subject.objects.all()},
        "sectors": {sector.slug: str(sector) for sector in Sector.objects.all()},
        "street_owners": street_owners(),
        "audiences": {value: str(label) for value, label in Audience.choices},
        "natures": {value: str(label) for value, label in Nature.choices},
    }
