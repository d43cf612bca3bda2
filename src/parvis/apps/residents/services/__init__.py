"""The use cases of people's files, one function each."""

from parvis.apps.residents.services.merging import merge, unmerge
from parvis.apps.residents.services.organisations import (
    join_organisation,
    leave_organisation,
    register_organisation,
    rejoin_organisation,
    update_organisation,
)
from parvis.apps.residents.services.people import (
    MAX_PHONES,
    Newcomer,
    find_or_register,
    keep_ground,
    register,
    register_from_public_form,
    update,
)
from parvis.apps.residents.services.places import add_address, move_back, move_out, remove_address, set_main_address
from parvis.apps.residents.services.privacy import end_mandate, flag_file, give_mandate, lift_flag, resume_mandate
