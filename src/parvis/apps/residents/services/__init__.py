"""The use cases of the people's files, one function each."""

from parvis.apps.residents.services.merging import merge, unmerge
from parvis.apps.residents.services.organisations import (
    join_organisation,
    leave_organisation,
    mend_organisation,
    register_organisation,
    rejoin_organisation,
)
from parvis.apps.residents.services.people import (
    MAX_PHONES,
    Newcomer,
    keep_ground,
    register,
    update,
    welcome,
    welcome_stranger,
)
from parvis.apps.residents.services.places import add_address, move_back, move_out, remove_address, write_there
from parvis.apps.residents.services.privacy import end_mandate, flag_file, give_mandate, lift_flag, resume_mandate

__all__ = [
    "MAX_PHONES",
    "Newcomer",
    "add_address",
    "end_mandate",
    "flag_file",
    "give_mandate",
    "join_organisation",
    "keep_ground",
    "leave_organisation",
    "lift_flag",
    "mend_organisation",
    "merge",
    "move_back",
    "move_out",
    "register",
    "register_organisation",
    "rejoin_organisation",
    "remove_address",
    "resume_mandate",
    "unmerge",
    "update",
    "welcome",
    "welcome_stranger",
    "write_there",
]
