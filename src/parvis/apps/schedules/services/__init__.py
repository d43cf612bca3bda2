"""Declarations and notices made from the desk."""

from parvis.apps.schedules.services.parking import declare_operation, undo_declaration
from parvis.apps.schedules.services.works import Notice, correct_works, lift_works, publish_works, restore_works
