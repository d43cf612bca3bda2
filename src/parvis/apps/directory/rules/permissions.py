"""The table of rights: role x action x whose; who publishes alone. Pure: no database, no framework."""

from collections.abc import Collection, Iterable
from enum import Flag, StrEnum, auto


class Role(StrEnum):
    """A user's role in a department. A user may hold several, in several departments."""

    AGENT = "agent"
    TECHNICIAN = "technician"
    EDITOR = "editor"
    MANAGER = "manager"
    PRIVACY_OFFICER = "privacy_officer"
    TREASURER = "treasurer"
    INSTRUCTOR = "instructor"
    LEISURE_MANAGER = "leisure_manager"
    COMMUNICATIONS = "communications"
    CLERK = "clerk"
    ADMINISTRATOR = "administrator"


class Action(StrEnum):
    """A permission to use a screen or a command."""

    TAKE_CONTACT = "take_contact"
    CORRECT_CONTACT = "correct_contact"
    READ_ANSWERS = "read_answers"
    OPEN_CASE = "open_case"
    READ_CASE = "read_case"
    WORK_CASE = "work_case"
    FOLLOW_CASE = "follow_case"
    REOPEN_CASE = "reopen_case"
    READ_PERSON = "read_person"
    WRITE_PERSON = "write_person"
    MERGE_PERSON = "merge_person"
    FLAG_PERSON = "flag_person"
    MAKE_CALLBACK = "make_callback"
    SET_SCREENS = "set_screens"
    DECLARE_OPERATION = "declare_operation"
    PUBLISH_WORKS = "publish_works"
    PRINT_LETTER = "print_letter"
    OPEN_INCIDENT = "open_incident"
    END_INCIDENT = "end_incident"
    RAISE_ALERT = "raise_alert"
    HANDLE_ALERT = "handle_alert"
    MANAGE_KEYS = "manage_keys"
    EDIT_ANSWER = "edit_answer"
    PUBLISH_ANSWER = "publish_answer"
    EDIT_FACT = "edit_fact"
    READ_FIGURES = "read_figures"
    READ_AUDIT = "read_audit"
    ERASE_WORDS = "erase_words"
    MANAGE_STAFF = "manage_staff"
    GIVE_ROLE = "give_role"
    SET_ASSIGNMENT = "set_assignment"
    SET_ROUTING = "set_routing"
    WORK_IN_BULK = "work_in_bulk"
    SHARE_VIEW = "share_view"
    MERGE_CASE = "merge_case"
    SHARE_SNIPPETS = "share_snippets"
    SAY_ABSENCE = "say_absence"
    SEE_CHANNELS = "see_channels"
    PUBLISH_CASE = "publish_case"
    MAKE_SITE_CODES = "make_site_codes"
    WRITE_MESSAGE = "write_message"
    APPROVE_MESSAGE = "approve_message"
    APPROVE_INCIDENT = "approve_incident"
    MANAGE_PANELS = "manage_panels"
    WRITE_NEWSLETTER = "write_newsletter"
    ENROL_SUBSCRIBER = "enrol_subscriber"
    REGISTER_OTHERS = "register_others"
    MANAGE_LEISURE = "manage_leisure"
    READ_GROUP = "read_group"
    CONFIRM_COURT_DECISION = "confirm_court_decision"
    TAKE_PAYMENT = "take_payment"
    REFUND_PAYMENT = "refund_payment"
    APPROVE_REFUND = "approve_refund"
    SEE_APPROVALS = "see_approvals"
    READ_LEDGER = "read_ledger"
    APPROVE_DESTRUCTION = "approve_destruction"
    ASSESS_PRIVACY = "assess_privacy"


class Scope(StrEnum):
    """A permission of an API key; a key has only those it was given."""

    ANSWERS_READ = "answers:read"
    CASES_READ = "cases:read"
    CASES_WRITE = "cases:write"
    OPEN311_WRITE = "open311:write"
    CONTACTS_WRITE = "contacts:write"
    FIGURES_READ = "figures:read"
    PERSONS_READ = "persons:read"
    CONTACTS_READ = "contacts:read"
    WEBHOOKS_MANAGE = "webhooks:manage"
    REGISTRATIONS_WRITE = "registrations:write"


_A = Action


class Reach(Flag):
    """Whose things a role acts on, by the department that each belongs to."""

    OWN = auto()
    """What belongs to the department where one holds the role."""
    NOBODY = auto()
    """What belongs to no department, or to one that has no manager."""
    OTHER = auto()
    """What belongs to a department that others manage."""


NOTHING, OWN, MANAGED, TOWN = Reach(0), Reach.OWN, Reach.OWN | Reach.NOBODY, Reach.OWN | Reach.NOBODY | Reach.OTHER
"""MANAGED: one's department, and what nobody manages. TOWN: everything, whoever manages it."""


def _over(reach: Reach, *actions: Action) -> dict[Action, Reach]:
    return dict.fromkeys(actions, reach)


TABLE: dict[Role, dict[Action, Reach]] = {
    Role.AGENT: _over(
        TOWN,
        *(_A.TAKE_CONTACT, _A.CORRECT_CONTACT, _A.READ_ANSWERS, _A.OPEN_CASE, _A.READ_CASE, _A.FOLLOW_CASE),
        *(_A.REOPEN_CASE, _A.READ_PERSON, _A.WRITE_PERSON, _A.MERGE_PERSON, _A.MAKE_CALLBACK),
        *(_A.SET_SCREENS, _A.PRINT_LETTER, _A.OPEN_INCIDENT, _A.RAISE_ALERT, _A.MERGE_CASE, _A.WORK_IN_BULK),
        *(_A.SHARE_VIEW, _A.SAY_ABSENCE, _A.SEE_CHANNELS, _A.PUBLISH_CASE, _A.MAKE_SITE_CODES),
        *(_A.ENROL_SUBSCRIBER, _A.REGISTER_OTHERS, _A.TAKE_PAYMENT),
    ),
    Role.TECHNICIAN: {
        **_over(TOWN, _A.READ_ANSWERS, _A.OPEN_CASE, _A.OPEN_INCIDENT, _A.RAISE_ALERT, _A.SAY_ABSENCE),
        **_over(OWN, _A.READ_CASE, _A.WORK_CASE, _A.READ_PERSON, _A.DECLARE_OPERATION, _A.PUBLISH_WORKS),
        **_over(OWN, _A.END_INCIDENT, _A.WORK_IN_BULK, _A.SHARE_VIEW, _A.MERGE_CASE, _A.PUBLISH_CASE),
    },
    Role.EDITOR: _over(
        TOWN,
        *(_A.READ_ANSWERS, _A.EDIT_ANSWER, _A.EDIT_FACT, _A.SHARE_SNIPPETS, _A.WRITE_MESSAGE, _A.WRITE_NEWSLETTER),
    ),
    Role.MANAGER: {
        **_over(TOWN, _A.READ_ANSWERS, _A.OPEN_CASE, _A.OPEN_INCIDENT, _A.RAISE_ALERT, _A.HANDLE_ALERT),
        **_over(TOWN, _A.READ_FIGURES),
        **_over(MANAGED, _A.READ_CASE, _A.WORK_CASE, _A.FOLLOW_CASE, _A.REOPEN_CASE, _A.MERGE_CASE, _A.PUBLISH_CASE),
        **_over(MANAGED, _A.WORK_IN_BULK, _A.SHARE_VIEW, _A.READ_PERSON, _A.FLAG_PERSON),
        **_over(MANAGED, _A.EDIT_ANSWER, _A.PUBLISH_ANSWER, _A.EDIT_FACT, _A.SHARE_SNIPPETS),
        **_over(MANAGED, _A.MANAGE_STAFF, _A.SAY_ABSENCE, _A.SET_ASSIGNMENT),
        **_over(MANAGED, _A.DECLARE_OPERATION, _A.PUBLISH_WORKS, _A.END_INCIDENT, _A.APPROVE_INCIDENT),
    },
    Role.PRIVACY_OFFICER: _over(
        TOWN,
        *(_A.READ_ANSWERS, _A.READ_CASE, _A.READ_PERSON, _A.READ_AUDIT, _A.ERASE_WORDS, _A.FLAG_PERSON),
        *(_A.PRINT_LETTER, _A.MAKE_CALLBACK, _A.APPROVE_DESTRUCTION, _A.ASSESS_PRIVACY),
    ),
    Role.TREASURER: _over(
        TOWN,
        *(_A.READ_ANSWERS, _A.TAKE_PAYMENT, _A.REFUND_PAYMENT, _A.APPROVE_REFUND, _A.SEE_APPROVALS, _A.READ_LEDGER),
    ),
    Role.INSTRUCTOR: {**_over(TOWN, _A.READ_ANSWERS), **_over(OWN, _A.READ_GROUP)},
    Role.LEISURE_MANAGER: {
        **_over(TOWN, _A.READ_ANSWERS, _A.REGISTER_OTHERS, _A.MANAGE_LEISURE, _A.READ_GROUP, _A.SEE_APPROVALS),
        **_over(TOWN, _A.CONFIRM_COURT_DECISION),
        **_over(OWN, _A.READ_PERSON),  # those of a household that they register
        **_over(OWN, _A.WRITE_MESSAGE, _A.APPROVE_MESSAGE),  # to those who come to a group, and nobody else
    },
    Role.COMMUNICATIONS: _over(
        TOWN,
        *(_A.READ_ANSWERS, _A.WRITE_MESSAGE, _A.APPROVE_MESSAGE, _A.APPROVE_INCIDENT, _A.MANAGE_PANELS),
        *(_A.WRITE_NEWSLETTER, _A.ENROL_SUBSCRIBER, _A.SHARE_SNIPPETS, _A.SEE_CHANNELS, _A.MAKE_SITE_CODES),
        _A.READ_FIGURES,
    ),
    Role.CLERK: _over(
        TOWN,
        *(_A.READ_ANSWERS, _A.READ_CASE, _A.READ_PERSON, _A.FLAG_PERSON, _A.PRINT_LETTER, _A.READ_FIGURES),
        *(_A.EDIT_ANSWER, _A.PUBLISH_ANSWER, _A.EDIT_FACT, _A.WRITE_MESSAGE, _A.APPROVE_MESSAGE),
        *(_A.WRITE_NEWSLETTER, _A.APPROVE_INCIDENT, _A.CONFIRM_COURT_DECISION, _A.APPROVE_REFUND, _A.SEE_APPROVALS),
    ),
    Role.ADMINISTRATOR: _over(
        TOWN,
        *(_A.READ_ANSWERS, _A.MANAGE_STAFF, _A.GIVE_ROLE, _A.SAY_ABSENCE, _A.SET_ASSIGNMENT, _A.SET_ROUTING),
        *(_A.MANAGE_KEYS, _A.SEE_CHANNELS, _A.MAKE_SITE_CODES, _A.READ_FIGURES),
    ),
}
"""What each role does, and over what: a manager manages a department; power over the town is a role given by name."""

NAMED_POWERS = (Role.LEISURE_MANAGER, Role.TREASURER, Role.COMMUNICATIONS, Role.CLERK, Role.ADMINISTRATOR)
"""The roles that are power over the whole town, in the order in which screens list them."""

RIGHT_OF: dict[Scope, Action] = {
    Scope.ANSWERS_READ: _A.READ_ANSWERS,
    Scope.CASES_READ: _A.READ_CASE,
    Scope.CASES_WRITE: _A.FOLLOW_CASE,
    Scope.OPEN311_WRITE: _A.OPEN_CASE,
    Scope.CONTACTS_WRITE: _A.TAKE_CONTACT,
    Scope.CONTACTS_READ: _A.TAKE_CONTACT,
    Scope.FIGURES_READ: _A.READ_FIGURES,
    Scope.PERSONS_READ: _A.READ_PERSON,
    Scope.WEBHOOKS_MANAGE: _A.MANAGE_KEYS,
    Scope.REGISTRATIONS_WRITE: _A.REGISTER_OTHERS,
}
"""The right, over the whole town, that whoever makes a key must hold to give it this scope, and keep."""


def roles_with(action: Action, reach: Reach = NOTHING) -> list[str]:
    """The stored values of the roles that include an action, over all of this reach."""
    return [str(role) for role, actions in TABLE.items() if action in actions and reach in actions[action]]


def reach_of(roles: Iterable[Role], action: Action) -> Reach:
    """Over what these roles together include the action; NOTHING when none does."""
    reach = NOTHING
    for role in roles:
        reach |= TABLE[role].get(action, NOTHING)
    return reach


def allowed(roles: Iterable[Role], action: Action) -> bool:
    """Whether any of these roles includes the action, over anything."""
    return any(action in TABLE[role] for role in roles)


def is_second_person(*, approver: int, writers: Collection[int]) -> bool:
    """Whether the approver wrote none of what is approved."""
    return approver not in writers


def decides_alone(*, roles: Collection[str], deciders: Collection[str]) -> bool:
    """Whether someone with these roles decides without a second person."""
    return any(role in deciders for role in roles)
