"""Permissions: the product's table against one written by hand, and its enforcement by every URL."""

import re
import uuid
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from parvis.apps.cases.services.opening.new_cases import NewCase, open_case
from parvis.apps.directory.models import Actor, Department, User
from parvis.apps.directory.queries import departments_on, may_on, people_who_may
from parvis.apps.directory.rules.permissions import Action, Role, allowed
from parvis.lib.ttl_cache import forget_all
from tests.factories import SmallTown, make_department, make_person, make_user

# One line per action, one column per role, in the order of ROLES. T: over the whole town; m: over what belongs to a
# department of theirs, and what nobody manages; o: over what belongs to a department of theirs alone.
ROLES = (
    *(Role.AGENT, Role.TECHNICIAN, Role.EDITOR, Role.MANAGER, Role.PRIVACY_OFFICER, Role.TREASURER, Role.INSTRUCTOR),
    *(Role.LEISURE_MANAGER, Role.COMMUNICATIONS, Role.CLERK, Role.ADMINISTRATOR),
)
MATRIX = """
    take_contact           T . . . . . . . . . .
    correct_contact        T . . . . . . . . . .
    read_answers           T T T T T T T T T T T
    open_case              T T . T . . . . . . .
    read_case              T o . m T . . . . T .
    work_case              . o . m . . . . . . .
    follow_case            T . . m . . . . . . .
    reopen_case            T . . m . . . . . . .
    read_person            T o . m T . . o . T .
    write_person           T . . . . . . . . . .
    merge_person           T . . . . . . . . . .
    flag_person            . . . m T . . . . T .
    make_callback          T . . . T . . . . . .
    set_screens            T . . . . . . . . . .
    declare_operation      . o . m . . . . . . .
    publish_works          . o . m . . . . . . .
    print_letter           T . . . T . . . . T .
    open_incident          T T . T . . . . . . .
    end_incident           . o . m . . . . . . .
    raise_alert            T T . T . . . . . . .
    handle_alert           . . . T . . . . . . .
    manage_keys            . . . . . . . . . . T
    edit_answer            . . T m . . . . . T .
    publish_answer         . . . m . . . . . T .
    edit_fact              . . T m . . . . . T .
    read_figures           . . . T . . . . T T T
    read_audit             . . . . T . . . . . .
    erase_words            . . . . T . . . . . .
    manage_staff           . . . m . . . . . . T
    give_role              . . . . . . . . . . T
    set_assignment         . . . m . . . . . . T
    set_routing            . . . . . . . . . . T
    work_in_bulk           T o . m . . . . . . .
    share_view             T o . m . . . . . . .
    merge_case             T o . m . . . . . . .
    share_snippets         . . T m . . . . T . .
    say_absence            T T . m . . . . . . T
    see_channels           T . . . . . . . T . T
    publish_case           T o . m . . . . . . .
    make_site_codes        T . . . . . . . T . T
    write_message          . . T . . . . o T T .
    approve_message        . . . . . . . o T T .
    approve_incident       . . . m . . . . T T .
    manage_panels          . . . . . . . . T . .
    write_newsletter       . . T . . . . . T T .
    enrol_subscriber       T . . . . . . . T . .
    register_others        T . . . . . . T . . .
    manage_leisure         . . . . . . . T . . .
    read_group             . . . . . . o T . . .
    confirm_court_decision . . . . . . . T . T .
    take_payment           T . . . . T . . . . .
    refund_payment         . . . . . T . . . . .
    approve_refund         . . . . . T . . . T .
    see_approvals          . . . . . T . T . T .
    read_ledger            . . . . . T . . . . .
    approve_destruction    . . . . T . . . . . .
    assess_privacy         . . . . T . . . . . .
"""
WHOSE = {"own": "Tmo", "nobody": "Tm", "other": "T"}
CELLS = [
    (role, Action(line.split()[0]), whose, mark in marks)
    for line in MATRIX.strip().splitlines()
    for role, mark in zip(ROLES, line.split()[1:], strict=True)
    for whose, marks in WHOSE.items()
]


@pytest.fixture
def places(town: SmallTown) -> dict[str, Department]:
    """A department where the reader works, one that someone else manages, and one that nobody manages."""
    other = make_department("autre")
    make_user("zoe.roy", (other, Role.MANAGER))
    forget_all()
    return {"own": make_department("sienne"), "other": other, "nobody": make_department("de-personne")}


@pytest.mark.parametrize("role", ROLES)
def test_each_cell_of_the_table_by_whose_it_is(role: Role, places: dict[str, Department]) -> None:
    user = make_user("rose.roy", (places["own"], role))
    make_user("yves.roy", (places["own"], Role.MANAGER))
    forget_all()
    for _role, action, whose, may in (cell for cell in CELLS if cell[0] == role):
        place = places[whose]
        reached = (may_on(user, action, place.pk), user in people_who_may(action, place.pk))
        assert reached == (may, may), f"{role} {action} {whose}"
        assert (place.pk in departments_on(user, action)) is may
    for _role, action, _whose, may in (cell for cell in CELLS if cell[0] == role and cell[2] == "other"):
        assert user.may_everywhere(action) is may


def test_the_table_here_forgets_no_role_and_no_action() -> None:
    assert {cell[:2] for cell in CELLS} == {(role, action) for role in Role for action in Action}


def test_power_over_the_town_is_in_no_role_of_a_department() -> None:
    """Children, aid, money, what the town says, keys, channels, settings and roles are given by name."""
    powers = (
        *(Action.MANAGE_LEISURE, Action.REGISTER_OTHERS, Action.READ_GROUP, Action.CONFIRM_COURT_DECISION),
        *(Action.TAKE_PAYMENT, Action.REFUND_PAYMENT, Action.APPROVE_REFUND, Action.READ_LEDGER),
        *(Action.APPROVE_MESSAGE, Action.MANAGE_PANELS, Action.WRITE_NEWSLETTER, Action.ENROL_SUBSCRIBER),
        *(Action.MANAGE_KEYS, Action.SET_ROUTING, Action.SEE_CHANNELS, Action.GIVE_ROLE),
    )
    assert [action for action in powers if allowed({Role.MANAGER, Role.TECHNICIAN}, action)] == []


def test_someone_without_any_role_may_do_nothing() -> None:
    assert [action for action in Action if allowed(frozenset(), action)] == []


# The permission for each desk URL. A URL missing here fails the test: decide who may open it.
DESK: dict[str, Action] = {
    **dict.fromkeys(
        (
            *("home", "changes", "places", "people", "begin", "contact", "suggest", "answer", "pane", "expectations"),
            *("draft", "hold", "describe", "identify", "new_person", "answered", "open_case", "transfer"),
            *("callback", "not_ours", "unanswered", "finish", "recent", "correct_matter", "correct_contact"),
            *("counter", "counter_changes", "call_next", "write_in", "call_visit", "call_again", "no_show", "place"),
            *("calculated", "place_answered", "waiting", "assign_contact", "take_contact"),
            *("inbox", "message", "send_mail", "take_mail", "leave_mail", "request_from_mail", "mail_file"),
            *("sort_mail", "restore_mail", "assign_mail", "put_mail_off", "spam_mail", "close_mail", "await_mail"),
            *("merge_mail", "separate_mail", "print_mail", "mail_live", "mail_left"),
            *("keep_mail_draft", "join_mail_files", "joined_mail_file", "remove_mail_file", "email_answer"),
            "message_as_written",
            *("send_text", "texts", "send_due_texts", "take_text_back"),
            *("take_mail_back", "quarantine", "take_mail_again", "bring_mail_back"),
            *("social_inbox", "social_message", "send_social", "send_due_social", "hide_social", "close_social"),
            "take_social_back",
            *("held_requests", "open_held", "refuse_held", "restore_held"),
            *("put_back", "leave_line", "contact_receipt", "continuity", "continuity_paper", "continuity_worker"),
            *("continuity_kit", "continuity_references", "continuity_enter"),
        ),
        Action.TAKE_CONTACT,
    ),
    **dict.fromkeys(
        ("queue", "department_queue", "queue_changes", "present", "case", "move", "file", "search"), Action.READ_CASE
    ),
    **dict.fromkeys(
        (
            *("mine", "mine_news", "read_mention", "end_follow_up", "resume_follow_up", "later"),
            *("case_live", "case_leave", "undo", "colleagues", "side_file", "side_map", "case_more", "neighbours"),
            *("case_draft", "discard_case_draft", "restore_case_draft"),
        ),
        Action.READ_CASE,
    ),
    **dict.fromkeys(
        ("snippets", "pick_snippet", "new_snippet", "snippet", "drop_snippet", "restore_snippet"), Action.READ_ANSWERS
    ),
    "comments": Action.READ_CASE,
    "case_receipt": Action.TAKE_CONTACT,
    "streets": Action.READ_ANSWERS,
    **dict.fromkeys(("declare_operation", "undo_declaration"), Action.DECLARE_OPERATION),
    **dict.fromkeys(("new_notice", "notice", "lift_notice", "restore_notice"), Action.PUBLISH_WORKS),
    **dict.fromkeys(("begin_incident", "join_incident", "unjoin"), Action.TAKE_CONTACT),
    **dict.fromkeys(("incidents", "incident"), Action.READ_ANSWERS),
    **dict.fromkeys(
        (
            "new_incident",
            "correct_incident",
            "ask_for_incident",
            "tell_incident",
            "undo_incident",
            "join_case",
            "leave_incident",
        ),
        Action.OPEN_INCIDENT,
    ),
    **dict.fromkeys(("alerts", "alert_changes", "see_alert", "take_alert", "lift_alert"), Action.RAISE_ALERT),
    "mark_case": Action.RAISE_ALERT,
    "mark_contact": Action.TAKE_CONTACT,
    **dict.fromkeys(("keys", "make_key", "revoke_key", "embedding"), Action.MANAGE_KEYS),
    **dict.fromkeys(("newsletter", "new_issue", "deliverability", "issue", "issue_letter"), Action.WRITE_NEWSLETTER),
    **dict.fromkeys(("issue_test", "issue_schedule", "issue_unschedule", "issue_send"), Action.WRITE_NEWSLETTER),
    **dict.fromkeys(("issue_ask", "issue_pause", "issue_resume", "issue_retry"), Action.WRITE_NEWSLETTER),
    **{"issue_approve": Action.APPROVE_MESSAGE, "approve_incident": Action.APPROVE_INCIDENT},
    **dict.fromkeys(("subscribers", "import_subscribers", "subscriber"), Action.ENROL_SUBSCRIBER),
    **dict.fromkeys(("subscriber_leave", "subscriber_proof"), Action.ENROL_SUBSCRIBER),
    "subscriber_erase": Action.ERASE_WORDS,
    **dict.fromkeys(("webhooks", "webhook", "webhook_on", "webhook_again"), Action.MANAGE_KEYS),
    **dict.fromkeys(
        ("outside_servers", "outside_server", "test_outside_server", "map_outside_services"), Action.MANAGE_KEYS
    ),
    **dict.fromkeys(("forward_case", "forwarding_again", "settle_forwarding", "forwarding_back"), Action.READ_CASE),
    **{"stop_following": Action.OPEN_INCIDENT, "end_incident": Action.END_INCIDENT},
    **dict.fromkeys(("screens", "set_screen", "close_screen"), Action.SET_SCREENS),
    "panels": Action.READ_ANSWERS,
    **dict.fromkeys(
        (
            *("panel_message", "remove_panel_message", "restore_panel_message", "new_panel", "panel", "renew_panel"),
            *("revoke_panel", "panel_requests", "decide_panel_request", "preview_panel_message", "move_panel_message"),
            *("panel_playlists", "panel_playlist", "rename_panel_playlist", "close_panel_playlist"),
            "reopen_panel_playlist",
        ),
        Action.MANAGE_PANELS,
    ),
    "case_history": Action.READ_CASE,
    "access_log": Action.READ_AUDIT,
    **dict.fromkeys(("merge", "unmerge", "link", "unlink"), Action.MERGE_CASE),
    "similar_cases": Action.READ_CASE,
    **dict.fromkeys(("outreach", "outreach_calendar", "follow_message", "message_picture"), Action.READ_ANSWERS),
    **dict.fromkeys(("outreach_figures", "outreach_figures_csv"), Action.READ_ANSWERS),
    **dict.fromkeys(
        (
            *("new_message", "compose_message", "draft_message", "copy_message", "retry_delivery", "english_reasons"),
            *("unschedule_message", "extend_message", "lift_message", "test_message"),
            *("message_removed", "undo_message_removed"),
            *("delete_message_template", "restore_message_template"),
        ),
        Action.WRITE_MESSAGE,
    ),
    **dict.fromkeys(("approve_message", "release_message", "withdraw_message"), Action.APPROVE_MESSAGE),
    **dict.fromkeys(("public_side", "hide_case", "show_case", "publish_photo", "withdraw_photo"), Action.PUBLISH_CASE),
    **dict.fromkeys(("to_publish", "looked_at", "undo_words"), Action.PUBLISH_CASE),
    **dict.fromkeys(
        (
            *("codes", "new_code", "codes_from_list", "codes_from_map", "print_codes"),
            *("code", "retire_code", "restore_code"),
        ),
        Action.MAKE_SITE_CODES,
    ),
    **dict.fromkeys(("baseline", "baseline_csv", "baseline_json"), Action.READ_FIGURES),
    **dict.fromkeys(("person_history", "person_reason", "disclosures"), Action.READ_PERSON),
    **dict.fromkeys(("organisations", "organisation_options", "organisation"), Action.READ_PERSON),
    **dict.fromkeys(("person_add", "person_change", "mend_organisation"), Action.WRITE_PERSON),
    **dict.fromkeys(("person_merging", "person_merge", "person_unmerging", "person_unmerge"), Action.MERGE_PERSON),
    **dict.fromkeys(("person_flag", "person_lift"), Action.FLAG_PERSON),
    "check": Action.TAKE_CONTACT,
    **dict.fromkeys(("letters", "print_letters", "letters_posted", "letters_back"), Action.PRINT_LETTER),
    **dict.fromkeys(("opinions", "opinions_csv"), Action.READ_FIGURES),
    **dict.fromkeys(("rules", "new_rule", "rule", "publish_rule", "withdraw_rule", "drop_rule"), Action.SET_ROUTING),
    **dict.fromkeys(("assignments", "assignment", "hours"), Action.SET_ASSIGNMENT),
    **dict.fromkeys(("staff", "give_role", "invite_staff", "take_role"), Action.GIVE_ROLE),
    **{"approvals": Action.SEE_APPROVALS, "decide_cancellation": Action.APPROVE_REFUND},
    "decide_ending": Action.CONFIRM_COURT_DECISION,
    **{"contact_gloss": Action.TAKE_CONTACT, "case_gloss": Action.READ_CASE, "case_language": Action.READ_CASE},
    **dict.fromkeys(("offboarding", "leave", "offboarding_cut", "offboarding_undo"), Action.MANAGE_STAFF),
    **dict.fromkeys(("absences", "end_absence"), Action.SAY_ABSENCE),
    **dict.fromkeys(("channels", "undelivered", "test_mailbox", "decide_held"), Action.SEE_CHANNELS),
    "decide_texts": Action.MANAGE_KEYS,
    **dict.fromkeys(("social", "check_social", "retry_social"), Action.SEE_CHANNELS),
    **dict.fromkeys(("connect_social", "renew_social", "disconnect_social"), Action.MANAGE_KEYS),
    "person": Action.READ_PERSON,
    **dict.fromkeys(("leisure", "leisure_season", "publish_season", "withdraw_season"), Action.MANAGE_LEISURE),
    **dict.fromkeys(
        ("copy_season", "season_line", "leisure_group", "cancel_group", "group_csv"), Action.MANAGE_LEISURE
    ),
    **dict.fromkeys(("group_lists", "group_list", "group_health"), Action.READ_GROUP),
    **dict.fromkeys(("leisure_household", "leisure_steps", "hold_places", "extend_hold"), Action.REGISTER_OTHERS),
    **{"health_for": Action.REGISTER_OTHERS, "custody": Action.MANAGE_LEISURE, "household_aid": Action.MANAGE_LEISURE},
    **dict.fromkeys(("keep_season", "keep_group", "write_to_group"), Action.MANAGE_LEISURE),
    "mark_seen": Action.REGISTER_OTHERS,
    **dict.fromkeys(("check_out", "send_payment_page", "arrive_for", "release_place"), Action.REGISTER_OTHERS),
    **dict.fromkeys(("person_household", "household_act"), Action.REGISTER_OTHERS),
    **dict.fromkeys(
        (
            *("search_preview", "search_instant", "views", "views_line", "new_view", "view", "change_view"),
            *("remove_view", "view_back"),
        ),
        Action.READ_CASE,
    ),
    **dict.fromkeys(("bulk", "bulk_preview", "bulk_do", "batch", "undo_batch"), Action.WORK_IN_BULK),
    **dict.fromkeys(("callbacks", "callback_done", "callback_missed"), Action.MAKE_CALLBACK),
    **dict.fromkeys(("treasury", "treasury_compare"), Action.READ_LEDGER),
    **dict.fromkeys(("privacy", "privacy_one"), Action.ASSESS_PRIVACY),
    **dict.fromkeys(("till", "pay_invoice", "invoice_paper"), Action.TAKE_PAYMENT),
    "refund_given": Action.REFUND_PAYMENT,
    "provider_event": Action.READ_LEDGER,
    **dict.fromkeys(
        (
            *("retention", "propose_destruction", "retention_run", "approve_destruction", "drop_destruction"),
            *("retention_lines", "retention_line", "retention_holds", "end_retention_hold", "retention_certificate"),
        ),
        Action.APPROVE_DESTRUCTION,
    ),
}
SAMPLES: dict[str, object] = {
    **dict.fromkeys(("contact_id", "matter_id", "callback_id", "person_id", "number", "visit_id", "device_id"), 987654),
    **dict.fromkeys(("declaration_id", "works_id", "incident_id", "report_id", "alert_id"), 987654),
    **dict.fromkeys(("incoming_id", "reply_id", "mailbox_id", "text_id", "account_id", "post_id"), 987654),
    **dict.fromkeys(("rule_id", "user_id", "key_id", "membership_id", "view_id", "batch_id", "absence_id"), 987654),
    **dict.fromkeys(("merger_id", "organisation_id", "row_id", "flag_id", "webhook_id", "code_id"), 987654),
    **dict.fromkeys(("server_id", "forwarding_id", "ending_id", "event_id", "run_id", "line_id", "hold_id"), 987654),
    "app": "households",
    **{"refund_id": 987654, "public_id": "0" * 32},
    **dict.fromkeys(("message_id", "delivery_id", "template_id"), 987654),
    **dict.fromkeys(("mention_id", "follow_up_id", "snippet_id", "seq", "issue_id", "point_id"), 987654),
    **dict.fromkeys(("screen_id", "item_id", "request_id", "playlist_id"), 987654),
    **dict.fromkeys(("public_id", "invoice", "registration", "individual"), "inconnu"),
    **{"slug": "voirie", "name": "take", "reference": "26-9999-A", "key": uuid.UUID(int=1), "page": "controls"},
}


def names_under(namespace: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Every named URL of a surface, with values for its path parameters."""
    for resolver in get_resolver().url_patterns:
        if isinstance(resolver, URLResolver) and resolver.namespace == namespace:
            for pattern in resolver.url_patterns:
                assert isinstance(pattern, URLPattern) and pattern.name
                yield pattern.name, {name: SAMPLES[name] for name in pattern.pattern.converters}


def test_every_address_of_the_desk_says_what_it_asks_for() -> None:
    assert {name for name, _ in names_under("desk")} == set(DESK)


@pytest.mark.parametrize("role", ROLES)
def test_every_address_of_the_desk_refuses_a_role_without_its_action(
    role: Role, town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(town.staff[role])
    for name, values in names_under("desk"):
        address = reverse(f"desk:{name}", kwargs=values)
        refused = [client.get(address).status_code == 403, client.post(address).status_code == 403]
        assert refused == [not allowed(frozenset({role}), DESK[name])] * 2, f"{role} at {address}"


def test_no_address_of_the_staff_opens_to_a_citizen_or_a_stranger(
    town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    citizen, stranger = signed_in(town.citizen), Client()
    addresses = [
        reverse(f"{app}:{name}", kwargs=values) for app in ("desk", "dev") for name, values in names_under(app)
    ]
    for address in [*addresses, "/edition/", "/edition/snippets/content/answer/", "/desk/nowhere/"]:
        assert citizen.get(address).status_code == 403, address
        assert stranger.get(address)["Location"].startswith("/staff/login/?next="), address
        assert stranger.post(address)["Location"].startswith("/staff/login/?next="), address


@pytest.mark.parametrize("role", ROLES)
def test_the_editor_space_opens_to_those_who_write_or_publish(
    role: Role, town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(town.staff[role])
    expected = 200 if role in (Role.EDITOR, Role.MANAGER, Role.CLERK) else 403
    assert client.get("/edition/").status_code == expected


def test_a_role_taken_away_closes_the_editor_space_at_once(
    town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(town.editor)
    assert client.get("/edition/").status_code == 200
    town.editor.memberships.update(role=Role.TECHNICIAN)
    assert client.get("/edition/").status_code == 403
    assert not User.objects.get(pk=town.editor.pk).groups.exists()


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/desk/", "/desk/"),
        ("/desk/recent/", "/desk/"),
        ("/desk/queue/", "/desk/queue/"),
        ("/desk/search/", ""),
        ("/desk/search/?q=lampadaire", ""),
        ("/desk/bulk/", ""),
        ("/desk/views/", ""),
        ("/desk/people/{person}/", ""),
    ],
)
def test_the_bar_marks_the_screen_where_one_is_and_none_elsewhere(
    path: str, current: str, town: SmallTown, signed_in: Callable[[User], Client]
) -> None:
    user = town.agent_and_technician
    new_case = NewCase(
        key="noir", subject=town.streetlight, nature="request", channel="phone", words="Il fait noir.",
        address=town.address,
    )  # fmt: skip
    case = open_case(new_case, by=Actor.staff(town.agent)).case
    client, path = signed_in(user), path.format(person=make_person().pk)
    sent = {"case": f"{case.pk}:{case.seq}", "back": "/desk/search/"}
    answer = client.post(path, sent) if path == "/desk/bulk/" else client.get(path, follow=True)
    page = answer.content.decode()
    bar = page[page.index('<nav aria-label="Principale"') :].split("</nav>")[0]
    marked = re.findall(r'href="([^"]+)"[^>]*aria-current="page"', bar)
    assert answer.status_code == 200 and marked == ([current] if current else [])
