"""The permissions table: actions by role; who publishes alone. Pure: no database, no framework."""

from collections.abc import Collection
from enum import StrEnum


class Role(StrEnum):
    """A user's role in a department. A user may hold several, in several departments."""

    AGENT = "agent"
    TECHNICIAN = "technician"
    EDITOR = "editor"
    MANAGER = "manager"
    PRIVACY_OFFICER = "privacy_officer"
    TREASURER = "treasurer"
    INSTRUCTOR = "instructor"


class Action(StrEnum):
    """A permission to use a screen or a command."""

    TAKE_CONTACT = "take_contact"
    CORRECT_CONTACT = "correct_contact"
    READ_ANSWERS = "read_answers"
    OPEN_CASE = "open_case"
    READ_CASE = "read_case"
    READ_ANY_CASE = "read_any_case"
    WORK_CASE = "work_case"
    WORK_ANY_CASE = "work_any_case"
    REOPEN_CASE = "reopen_case"
    READ_PERSON = "read_person"
    READ_ANY_PERSON = "read_any_person"
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
    MANAGE_PANELS = "manage_panels"
    WRITE_NEWSLETTER = "write_newsletter"
    ENROL_SUBSCRIBER = "enrol_subscriber"
    REGISTER_OTHERS = "register_others"
    MANAGE_LEISURE = "manage_leisure"
    READ_GROUP = "read_group"
    TAKE_PAYMENT = "take_payment"
    REFUND_PAYMENT = "refund_payment"
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
TABLE: dict[Role, frozenset[Action]] = {
    Role.AGENT: frozenset(
        {
            *(_A.TAKE_CONTACT, _A.CORRECT_CONTACT, _A.READ_ANSWERS, _A.OPEN_CASE, _A.READ_CASE, _A.READ_ANY_CASE),
            *(_A.REOPEN_CASE, _A.READ_PERSON, _A.READ_ANY_PERSON, _A.WRITE_PERSON, _A.MERGE_PERSON, _A.MAKE_CALLBACK),
            *(_A.SET_SCREENS, _A.PRINT_LETTER, _A.OPEN_INCIDENT, _A.RAISE_ALERT, _A.MERGE_CASE, _A.WORK_IN_BULK),
            _A.SHARE_VIEW,
            *(_A.SAY_ABSENCE, _A.SEE_CHANNELS, _A.PUBLISH_CASE, _A.MAKE_SITE_CODES, _A.ENROL_SUBSCRIBER),
            *(_A.REGISTER_OTHERS, _A.TAKE_PAYMENT),
        }
    ),
    Role.TECHNICIAN: frozenset(
        {
            *(_A.READ_ANSWERS, _A.READ_CASE, _A.WORK_CASE, _A.OPEN_CASE, _A.READ_PERSON),
            *(_A.DECLARE_OPERATION, _A.PUBLISH_WORKS, _A.OPEN_INCIDENT, _A.END_INCIDENT, _A.RAISE_ALERT),
            *(_A.WORK_IN_BULK, _A.SHARE_VIEW, _A.MERGE_CASE, _A.SAY_ABSENCE),
            _A.PUBLISH_CASE,
        }
    ),
    Role.EDITOR: frozenset(
        {
            *(_A.READ_ANSWERS, _A.EDIT_ANSWER, _A.EDIT_FACT, _A.SHARE_SNIPPETS),
            *(_A.WRITE_MESSAGE, _A.APPROVE_MESSAGE, _A.MANAGE_PANELS, _A.WRITE_NEWSLETTER),
        }
    ),
    Role.MANAGER: frozenset(
        {
            *(_A.READ_ANSWERS, _A.READ_CASE, _A.READ_ANY_CASE, _A.WORK_CASE, _A.WORK_ANY_CASE, _A.REOPEN_CASE),
            *(_A.OPEN_CASE, _A.READ_PERSON, _A.READ_ANY_PERSON, _A.EDIT_ANSWER, _A.PUBLISH_ANSWER, _A.EDIT_FACT),
            *(_A.READ_FIGURES, _A.PRINT_LETTER, _A.MAKE_CALLBACK),
            *(_A.MANAGE_STAFF, _A.DECLARE_OPERATION, _A.PUBLISH_WORKS, _A.OPEN_INCIDENT, _A.END_INCIDENT),
            *(_A.SET_ROUTING, _A.RAISE_ALERT, _A.HANDLE_ALERT, _A.MANAGE_KEYS, _A.MERGE_CASE, _A.FLAG_PERSON),
            *(_A.SHARE_SNIPPETS, _A.WORK_IN_BULK, _A.SHARE_VIEW, _A.SAY_ABSENCE, _A.SEE_CHANNELS),
            *(_A.PUBLISH_CASE, _A.WRITE_MESSAGE, _A.APPROVE_MESSAGE, _A.MANAGE_PANELS),
            *(_A.WRITE_NEWSLETTER, _A.ENROL_SUBSCRIBER, _A.MAKE_SITE_CODES),
            *(_A.MANAGE_LEISURE, _A.REGISTER_OTHERS, _A.READ_GROUP, _A.REFUND_PAYMENT, _A.READ_LEDGER),
        }
    ),
    Role.PRIVACY_OFFICER: frozenset(
        {
            *(_A.READ_ANSWERS, _A.READ_CASE, _A.READ_ANY_CASE, _A.READ_PERSON, _A.READ_ANY_PERSON),
            *(_A.READ_AUDIT, _A.ERASE_WORDS, _A.FLAG_PERSON, _A.PRINT_LETTER, _A.MAKE_CALLBACK),
            *(_A.APPROVE_DESTRUCTION, _A.ASSESS_PRIVACY),
        }
    ),
    Role.TREASURER: frozenset({_A.READ_ANSWERS, _A.TAKE_PAYMENT, _A.REFUND_PAYMENT, _A.READ_LEDGER}),
    Role.INSTRUCTOR: frozenset({_A.READ_ANSWERS, _A.READ_GROUP}),
}


def roles_with(action: Action) -> list[str]:
    """The stored values of the roles that include an action."""
    return [str(role) for role, actions in TABLE.items() if action in actions]


def allowed(roles: frozenset[Role], action: Action) -> bool:
    """Whether any of these roles includes the action."""
    return any(action in TABLE[role] for role in roles)


def is_second_person(*, approver: int, writers: Collection[int]) -> bool:
    """Whether the approver wrote none of what is approved."""
    return approver not in writers


def decides_alone(*, roles: Collection[str], deciders: Collection[str]) -> bool:
    """Whether someone with these roles decides without a second person."""
    return any(role in deciders for role in roles)
