"""The way of a comment: it comes from the page, is answered from the inbox, and the answer stands under it."""

from random import randint

import pytest
from playwright.sync_api import expect

from parvis.apps.social.models import Post
from parvis.operations.fake_services.facebook import Networks
from parvis.operations.fake_services.names import PAGE
from tests.journeys.browser import NARROW, Hands, look
from tests.journeys.marks import each_width
from tests.journeys.service import Service
from tests.journeys.steps import sample, to_desk, until, write
from tests.journeys.steps_records import Records, let_leave
from tests.social.serving import serving

pytestmark = pytest.mark.usefixtures("journals_hold")


@each_width
def test_a_comment_is_answered_from_the_inbox_as_the_town(hands: Hands, service: Service, records: Records) -> None:
    words = f"Le banc du parc est brisé depuis {randint(1000, 9999)} jours, bravo"
    with serving(Networks(service.networks_port)) as networks:
        comment = networks.comment(words, by=str(randint(10_000, 99_999)))
        body = networks.told(comment)
        sent = hands.page.request.post(f"{service.url}/hooks/social/facebook", data=body, headers=networks.signed(body))
        assert sent.status == 200
        hands.page.clock.install()
        to_desk(hands, sample(service).agent)
        link = hands.page.locator(".msgs a", has_text=words[:30])

        def listed() -> bool:
            hands.open("/desk/inbox/social/")
            return link.count() > 0

        until(listed, "the comment in the inbox", 40)
        hands.reach(link)
        hands.press("Enter")
        answer = hands.page.locator("#id_reply-words")
        hands.page.set_viewport_size(NARROW)
        expect(answer).to_be_visible()
        look(hands)
        expect(answer).to_be_visible()
        write(hands, answer, "Merci, l’équipe passe cette semaine.")
        hands.press("Control+Enter")
        expect(hands.page.locator("[data-undo]")).to_be_visible()
        let_leave(hands, Post.objects.filter(text__startswith="Merci, l’équipe"))
        until(lambda: networks.of("comment")[-1].by == PAGE, "the answer under the comment", 40)
        ours = networks.of("comment")[-1]
        assert (ours.parent, ours.text) == (comment.id, "Merci, l’équipe passe cette semaine.")
