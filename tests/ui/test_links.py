"""The tag `url` gives what Django's own gives, the first time and the next ones."""

from collections.abc import Iterator

import pytest
from django.template import Context, Engine
from django.urls import NoReverseMatch, clear_script_prefix, set_script_prefix

DJANGO = Engine()
OURS = Engine(libraries={"ui": "parvis.ui.templatetags.ui"}, builtins=["parvis.ui.templatetags.ui"])
MARKED = '<a href="{% url "desk:case" reference %}">'


def drawn(engine: Engine, source: str, *, autoescape: bool = True, **values: object) -> str:
    return engine.from_string(source).render(Context(values, autoescape=autoescape))


@pytest.mark.parametrize(
    "source",
    [
        '{% url "desk:case" reference %}',
        '{% url "desk:case" reference=reference %}',
        '{% url "desk:person" number %}',
        "{% url name number %}",
        '{% url "desk:case" reference as there %}[{{ there }}]',
        '{% url "desk:no-such-page" as there %}[{{ there }}]',
        '{% url "desk:person" yes as there %}[{{ there }}]',
    ],
)
@pytest.mark.parametrize("autoescape", [True, False])
def test_an_address_is_that_of_django(source: str, autoescape: bool) -> None:
    values = {"reference": "RQ-2026-000123-4", "number": 7, "name": "desk:person", "yes": True}
    expected = drawn(DJANGO, source, autoescape=autoescape, **values)
    assert [drawn(OURS, source, autoescape=autoescape, **values) for _ in range(2)] == [expected, expected]


def test_a_number_and_its_words_are_told_apart_and_what_has_no_address_is_refused_each_time() -> None:
    for _ in range(2):
        assert drawn(OURS, '{% url "desk:person" one %}', one=1) == drawn(OURS, '{% url "desk:person" one %}', one="1")
        with pytest.raises(NoReverseMatch):
            drawn(OURS, '{% url "desk:person" one %}', one="quelqu’un")
        with pytest.raises(NoReverseMatch):
            drawn(OURS, MARKED)


@pytest.fixture
def beneath() -> Iterator[None]:
    """Restores the place of the site."""
    yield
    clear_script_prefix()


def test_a_site_that_moves_beneath_a_folder_takes_its_addresses_there(beneath: None) -> None:
    before = drawn(OURS, MARKED, reference="RQ-1")
    set_script_prefix("/ville/")
    assert drawn(OURS, MARKED, reference="RQ-1") == before.replace('"/', '"/ville/')
