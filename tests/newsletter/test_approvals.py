"""An issue leaves once a second person has approved it, or a decider alone, which its journal says."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from parvis.apps.directory.rules.permissions import TABLE, Action, Role
from parvis.apps.mail.letters import APPROVAL_RENDERER
from parvis.apps.mail.models import Outgoing
from parvis.apps.newsletter.models import Issue, Journal
from parvis.apps.newsletter.services import approvals, issues
from parvis.apps.newsletter.services.issues import Words
from parvis.lib.clock import now
from parvis.lib.errors import Conflict, NotAllowed, Outdated
from tests.bars import count_of
from tests.factories import SmallTown, make_user, unique

State, Did = Issue.State, Journal.Action


def asked(issue: Issue, town: SmallTown) -> Issue:
    return approvals.ask_for_approval(issue_id=issue.pk, by=town.editor)


def did(issue: Issue) -> list[str]:
    return list(issue.journal.order_by("pk").values_list("what", flat=True))


def state(issue: Issue) -> str:
    issue.refresh_from_db()
    return issue.state


def test_nobody_sends_what_they_wrote_whatever_their_role(town: SmallTown, settings: Settings) -> None:
    settings.PARVIS_EMERGENCY_DECIDERS = []
    for role in (role for role, actions in TABLE.items() if Action.WRITE_NEWSLETTER in actions):
        writer = make_user(unique("w"), (town.desk, role))
        issue = issues.save_issue(words=Words("Titre", "Mots"), key=unique(), by=writer)
        with pytest.raises(NotAllowed):
            issues.send_now(issue_id=issue.pk, by=writer)
        with pytest.raises(NotAllowed):
            issues.schedule(issue_id=issue.pk, at=now() + timedelta(days=1), by=writer)
        approvals.ask_for_approval(issue_id=issue.pk, by=writer)
        issue.refresh_from_db()
        with pytest.raises(NotAllowed):
            approvals.approve(issue_id=issue.pk, seen=issue.changed_at, by=writer)
        assert state(issue) == State.IN_REVIEW


def test_a_second_person_approves_and_it_leaves(town: SmallTown, issue: Issue) -> None:
    waiting = asked(issue, town)
    approvals.approve(issue_id=issue.pk, seen=waiting.changed_at, by=town.communications)
    assert state(issue) == State.SENDING and did(issue) == [Did.WRITTEN, Did.ASKED, Did.APPROVED, Did.STARTED]


def test_it_leaves_at_the_moment_that_was_asked_for(town: SmallTown, issue: Issue) -> None:
    at = now() + timedelta(days=1)
    waiting = approvals.ask_for_approval(issue_id=issue.pk, at=at, by=town.editor)
    approvals.approve(issue_id=issue.pk, seen=waiting.changed_at, by=town.communications)
    assert state(issue) == State.SCHEDULED and issue.starts_at == at


@pytest.mark.parametrize("scheduled", [False, True])
def test_any_change_takes_the_approval_away(town: SmallTown, issue: Issue, scheduled: bool) -> None:
    waiting = approvals.ask_for_approval(issue_id=issue.pk, at=now() + timedelta(days=1), by=town.editor)
    if scheduled:
        approvals.approve(issue_id=issue.pk, seen=waiting.changed_at, by=town.communications)
    issues.save_issue(words=Words("Autre titre", "Mots"), issue_id=issue.pk, by=town.editor)
    assert state(issue) == State.DRAFT and issue.starts_at is None
    with pytest.raises(NotAllowed):
        issues.send_now(issue_id=issue.pk, by=town.editor)


def test_what_changed_since_it_was_read_is_not_approved(town: SmallTown, issue: Issue) -> None:
    seen = asked(issue, town).changed_at
    issues.save_issue(words=Words("Autre titre", "Mots"), issue_id=issue.pk, by=town.editor)
    asked(issue, town)
    with pytest.raises(Outdated):
        approvals.approve(issue_id=issue.pk, seen=seen, by=town.communications)


def test_an_issue_sent_back_is_a_draft_with_a_word_for_its_author(
    town: SmallTown, issue: Issue, signed_in: Callable[..., Client]
) -> None:
    waiting = asked(issue, town)
    approvals.send_back(issue_id=issue.pk, seen=waiting.changed_at, note="La date est fausse", by=town.communications)
    assert state(issue) == State.DRAFT
    assert "La date est fausse" in signed_in(town.editor).get(f"/desk/newsletter/{issue.pk}/").text
    with pytest.raises(Conflict):
        approvals.approve(issue_id=issue.pk, seen=waiting.changed_at, by=town.communications)


def test_a_decider_sends_alone_and_the_journal_says_so(
    town: SmallTown, settings: Settings, signed_in: Callable[..., Client]
) -> None:
    settings.PARVIS_EMERGENCY_DECIDERS = [str(Role.COMMUNICATIONS)]
    issue = issues.save_issue(words=Words("Titre", "Mots"), key=unique(), by=town.communications)
    client, url = signed_in(town.communications), f"/desk/newsletter/{issue.pk}/"
    assert f'action="{url}send/"' in client.get(url).text
    client.post(f"{url}send/")
    assert state(issue) == State.SENDING and did(issue) == [Did.WRITTEN, Did.BYPASSED, Did.STARTED]
    assert "sans une deuxième personne" in client.get(url).text


def test_each_who_may_approve_is_told_once_by_mail_and_by_a_count_in_the_menu(
    town: SmallTown, issue: Issue, signed_in: Callable[..., Client], run_jobs: Callable[[], int]
) -> None:
    asked(issue, town)
    issues.unschedule(issue_id=issue.pk, by=town.editor)
    asked(issue, town)
    letters, address = Outgoing.objects.filter(renderer=APPROVAL_RENDERER), f"/desk/newsletter/{issue.pk}/"
    approvers = {user.email: user for user in (town.communications, town.clerk)}
    assert sorted(letters.values_list("to", flat=True)) == sorted(approvers)
    run_jobs()
    for letter in letters.all():
        assert address in letter.text
        assert 'value="approve"' in signed_in(approvers[letter.to]).get(address).text, letter.to
    for user, count in ((town.communications, 1), (town.clerk, 1), (town.editor, 0)):
        page = signed_in(user).get("/desk/outreach/")
        assert count_of("outreach", page.text) == count, user
        assert ("1 à approuver" in page.text.replace("\u00a0", " ")) is bool(count)


def test_the_approver_reads_the_letter_in_each_of_its_languages(
    town: SmallTown, signed_in: Callable[..., Client]
) -> None:
    words = Words("Titre", "Mots", title_en="Title", intro_en="Words")
    issue = issues.save_issue(words=words, key=unique(), by=town.editor)
    asked(issue, town)
    page = signed_in(town.communications).get(f"/desk/newsletter/{issue.pk}/").text
    for code in ("fr", "en"):
        shown = page.partition(f'name="letter-{code}"')[0].rpartition("<details")[2].partition(">")[0]
        assert "open" in shown, code
