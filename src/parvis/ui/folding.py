"""Templates whose constant parts are written once for each language, and not node by node at every page (ADR 0011)."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from django.template import Context, Node, Origin, Template
from django.template.base import FilterExpression, NodeList, TextNode, Variable
from django.template.defaulttags import AutoEscapeControlNode, IfNode, LoadNode
from django.template.library import SimpleNode
from django.template.loaders.base import Loader as Base
from django.template.loaders.cached import Loader as Cached
from django.templatetags.i18n import TranslateNode
from django.urls import get_script_prefix, get_urlconf
from django.utils.translation import get_language

from parvis.ui.links import File, Link
from parvis.ui.templatetags import ui

PURE = {ui.icon, ui.kbd, ui.logo}
"""The tags that say the same of the same words, in a language."""


class _Folding(Base):
    def get_template(self, template_name: str, skip: list[Origin] | None = None) -> Template:
        template = super().get_template(template_name, skip)
        fold(template.nodelist)
        return template


class Loader(Cached, _Folding):
    """Django's own cached loader. A template is folded before it is kept: other threads never see it change."""


class Constant(Node):
    """Nodes that depend on nothing but the language, and on where the site stands."""

    child_nodelists = ()

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._nodes = NodeList(nodes)
        self._kept: dict[tuple[str | None, ...], str] = {}

    def render_annotated(self, context: Context) -> str:
        """What its nodes say."""
        key = (get_language(), get_urlconf(), get_script_prefix())
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = self._nodes.render(context)
        return kept


def fold(nodes: NodeList) -> None:
    """Joins, in place and below, the nodes that stand together and are the same on every page."""
    folded: list[Node] = []
    for constant, run in groupby(nodes, _is_constant):
        held = list(run)
        folded += [Constant(held)] if constant and len(held) > 1 else held
    nodes[:] = folded
    for node in folded:
        for below in _below(node):
            fold(below)


def _below(node: Node) -> Iterator[NodeList]:
    if isinstance(node, IfNode):
        yield from (held for _condition, held in node.conditions_nodelists)
    elif not isinstance(node, AutoEscapeControlNode):
        yield from (getattr(node, name) for name in node.child_nodelists if getattr(node, name, None))


def _is_constant(node: Node) -> bool:
    match node:
        case TextNode() | LoadNode():
            return True
        case TranslateNode():
            return not node.asvar and _literal(node.filter_expression) and _literal(node.message_context)
        case SimpleNode():
            given = [*node.args, *node.kwargs.values()]
            return node.func in PURE and node.target_var is None and all(map(_literal, given))
        case Link():
            return not (node.args or node.kwargs or node.asvar) and _literal(node.view_name)
        case File():
            return not node.varname and _literal(node.path)
    return False


def _literal(value: FilterExpression | None) -> bool:
    """Whether it stands in the template as it is, or is not there at all."""
    if value is None:
        return True
    var: Any = value.var
    return not value.filters and (not isinstance(var, Variable) or var.literal is not None)
