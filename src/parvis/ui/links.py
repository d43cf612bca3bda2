"""The tag `url`, which remembers the addresses that it made: Django looks each one up anew, thirty times a page."""

from functools import lru_cache
from typing import Any

from django.template import Context
from django.template.base import Parser, Token
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.html import conditional_escape

REMEMBERED = 2048  # addresses, some 400 bytes each


class Link(URLNode):
    """Django's node, for an address made of words and numbers; any other is made as Django makes it."""

    def render(self, context: Context) -> str:
        """The address, escaped. NoReverseMatch when there is none, as for Django's."""
        values = [value.resolve(context) for value in self.args]
        if self.asvar or self.kwargs or not context.autoescape or any(type(one) not in (str, int) for one in values):
            return str(super().render(context))
        return _address(get_urlconf(), get_script_prefix(), self.view_name.resolve(context), *values)


@lru_cache(REMEMBERED, typed=True)
def _address(urlconf: str | None, _prefix: str, name: str, *values: str | int) -> str:
    return str(conditional_escape(reverse(name, urlconf, args=values)))


def url(parser: Parser, token: Token) -> Link:
    """`{% url "desk:case" case.reference %}`: as Django's own tag, whose names of applications are never ambiguous
    here.
    """
    node: Any = django_url(parser, token)
    return Link(node.view_name, node.args, node.kwargs, node.asvar)
