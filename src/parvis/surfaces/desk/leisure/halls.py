"""Sending a form that may book a hall twice, or fill it too much: asked first, done all the same the second time."""

from collections.abc import Callable
from typing import TypeVar

from parvis.apps.leisure.services.refusals import HallsTaken
from parvis.surfaces.desk.gate import submit
from parvis.surfaces.desk.leisure.forms import HallsForm

T = TypeVar("T")


def submit_halls(form: HallsForm, run: Callable[[], T]) -> tuple[T | None, int]:
    """As `submit`; a trouble with halls that nobody confirmed yet is put on the form, as typed."""

    def asking() -> T | None:
        try:
            return run()
        except HallsTaken as taken:
            form.trouble = taken.trouble
            return None

    made, status = submit(form, asking)
    return made, HallsTaken.status if form.trouble else status
