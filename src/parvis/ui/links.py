"""The tags `url` and `static`, which remember the addresses that they made: Django looks each up anew, fifty a page."""

from functools import lru_cache
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.template import Context
from django.template.base import Parser, Token
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.templatetags.static import StaticNode
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


class File(StaticNode):
    """Django's node, for a file named in the template; any other is found as Django finds it."""

    def url(self, context: Context) -> str:
        """The address, not escaped. ValueError when there is no such file, as for Django's."""
        if self.path.is_var:
            return str(super().url(context))
        return _file(staticfiles_storage, self.path.resolve(context))


@lru_cache(REMEMBERED)
def _file(storage: Any, path: str) -> str:
    return str(storage.url(path))


def static(parser: Parser, token: Token) -> StaticNode:
    """`{% static "desk/desk.css" %}`: as Django's own tag."""
    return File.handle_token(parser, token)


def url(parser: Parser, token: Token) -> Link:
    """`{% url "desk:case" case.reference %}`: as Django's own tag, whose names of applications are never ambiguous
    here.
    """
    node: Any = django_url(parser, token)
    return Link(node.view_name, node.args, node.kwargs, node.asvar)
