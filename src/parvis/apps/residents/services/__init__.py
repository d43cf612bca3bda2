"""The use cases of people's files, one function each."""

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
