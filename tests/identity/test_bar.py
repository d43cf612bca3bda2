"""The bar of the staff: short, the same place for everybody, and rendered once without a word of anyone's."""

import re
from collections.abc import Callable
from itertools import chain, combinations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from parvis.apps.directory.models import User
from parvis.apps.directory.rules.permissions import Role
from parvis.apps.identity.web.navigation import Entry, bar_of, screens_of
from tests.bars import count_of
from tests.factories import SmallTown, make_user

SEVEN = 7
SETS_OF_ROLES = list(chain.from_iterable(combinations(Role, size) for size in range(1, len(Role) + 1)))


def with_roles(town: SmallTown, *roles: Role) -> User:
    """A user of the town's desk with these roles."""
    return make_user("zenobie.quenneville", *((town.desk, role) for role in roles))


def places(bar: list[Entry]) -> dict[str, tuple[str, str]]:
    """The menu and the heading under which each screen stands: empty at the first level."""
    inside = [
        (screen.key, (menu.key, heading)) for menu in bar for heading, screens in menu.tasks for screen in screens
    ]
    found = [*inside, *((entry.key, ("", "")) for entry in bar if not entry.tasks)]
    assert len(found) == len(dict(found)), "a screen stands twice in the bar"
    return dict(found)


@pytest.mark.parametrize("roles", SETS_OF_ROLES, ids="+".join)
def test_each_role_has_seven_entries_at_most_and_all_of_its_screens(town: SmallTown, roles: tuple[Role, ...]) -> None:
    user = with_roles(town, *roles)
    bar = bar_of(user, "/desk/")
    assert len(bar) <= SEVEN
    assert set(places(bar)) == {screen.key for screen in screens_of(user)}


def test_a_screen_has_the_same_place_for_everybody(town: SmallTown) -> None:
    of_all = places(bar_of(with_roles(town, *Role), "/desk/"))
    for role in Role:
        own = places(bar_of(town.staff[role], "/desk/"))
        assert own.items() <= of_all.items() and list(own) == [key for key in of_all if key in own], role


def test_no_two_places_have_the_same_word(town: SmallTown) -> None:
    user = with_roles(town, *Role)
    for language in ("fr", "en"):
        with translation.override(language):
            bar = bar_of(user, "/desk/")
            inside = [screen for menu in bar for _heading, screens in menu.tasks for screen in screens]
            words = [entry.label for entry in (*bar, *inside)]
        assert len(words) == len(set(words)), words


def test_a_menu_is_marked_with_its_current_screen_and_shows_the_sum_of_its_counts(
    town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    page = signed_in(town.staff[Role.ADMINISTRATOR]).get(reverse("desk:rules")).text
    bar = page[page.index('<nav aria-label="Principale"') :].split("</nav>")[0]
    assert re.findall(r'href="([^"]+)"[^>]*aria-current="page"', bar) == [reverse("desk:rules")]
    marked = re.search(r'<summary class="current">.*?</summary>', bar, re.DOTALL)
    assert marked and "Gérer" in marked[0]
    menus = [entry for entry in bar_of(town.staff[Role.ADMINISTRATOR], "/desk/") if entry.tasks]
    for menu in menus:
        assert menu.count == sum(count_of(screen.key, page) for _task, inside in menu.tasks for screen in inside)


def test_what_is_rendered_once_holds_nothing_of_who_read_it_first(
    town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    first = make_user("zenobie.quenneville", (town.desk, Role.AGENT), (town.planning, Role.MANAGER))
    address = reverse("desk:mine")
    before = signed_in(first).get(address).text
    assert "Quenneville" in before
    after = signed_in(town.staff[Role.PRIVACY_OFFICER]).get(address).text
    assert "Quenneville" not in after and reverse("desk:alerts") not in after
    for dialog in ("keys", "palette"):
        both = [page[page.index(f'id="{dialog}"') :].partition("</dialog>")[0] for page in (before, after)]
        assert both[0] == both[1] and "csrf" not in both[0]
