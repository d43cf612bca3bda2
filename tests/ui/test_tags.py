"""The template tags of the design system: their visible and accessible output."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.utils import timezone, translation

from parvis.ui import icons
from tests.blanks import compact


class Question(forms.Form):
    name = forms.CharField(label="Your name?", help_text="As you want to be called.")
    reply = forms.ChoiceField(choices=[("mail", "Mail"), ("phone", "Phone")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="I agree")
    note = forms.CharField(required=False, widget=forms.Textarea)
    token = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> None:
        if self.data.get("name") == "nobody":
            raise forms.ValidationError("Nobody lives here.")


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def render(source: str, **context: Any) -> str:
    return compact(Template("{% load ui %}" + source).render(Context(context)))


def attribute(html: str, name: str) -> str:
    match = re.search(rf'{name}="([^"]*)"', html)
    return match.group(1) if match else ""


def test_hint_and_error_are_tied_to_their_field() -> None:
    html = render("{% field form.name %}", form=Question({}))
    assert attribute(html, "aria-describedby") == "id_name_helptext id_name_error"
    assert 'aria-invalid="true"' in html
    assert 'id="id_name_helptext"' in html and 'id="id_name_error"' in html
    assert '<label for="id_name">' in html
    assert html.index("As you want to be called.") < html.index("<input")


def test_field_without_hint_nor_error_describes_nothing() -> None:
    html = render("{% field form.note %}", form=Question())
    assert "aria-describedby" not in html and "aria-invalid" not in html
    assert "<textarea" in html and "required" not in html


def test_radios_are_a_group_with_a_legend() -> None:
    html = render("{% field form.reply label='Reach me by' %}", form=Question({}))
    assert "<fieldset" in html and "Reach me by" in html
    assert attribute(html, "aria-describedby") == "id_reply_error"
    assert html.count("<label") == 2


def test_box_stands_in_its_label() -> None:
    html = render("{% field form.agree %}", form=Question())
    assert re.search(r'<label class="choice"><input type="checkbox".*<span>I agree', html)


def test_hidden_field_has_no_label() -> None:
    assert "<label" not in render("{% field form.token %}", form=Question())


def test_hostile_words_are_escaped() -> None:
    form = Question({"name": '"><script>alert(1)</script>'})
    assert "<script>" not in render("{% field form.name %}{% error_summary form %}", form=form)
    assert "<b>" not in render("{% tag words %}{% chip words %}{% toast words %}", words="<b>bold</b>")


def test_error_summary_leads_to_each_field() -> None:
    html = render("{% error_summary form %}", form=Question({}))
    assert "3 things to correct" in html
    assert 'href="#id_name"' in html and 'href="#id_reply_0"' in html and 'href="#id_agree"' in html
    assert "Your name: This field is required." in html
    assert "data-focus" in html and 'tabindex="-1"' in html


def test_error_of_the_whole_form_is_said_without_a_link() -> None:
    form = Question({"name": "nobody", "reply": "mail", "agree": "on"})
    html = render("{% error_summary form %}", form=form)
    assert "One thing to correct" in html and "<li>Nobody lives here.</li>" in html


def test_nothing_to_correct_shows_nothing() -> None:
    assert render("{% error_summary form %}", form=Question()) == ""


def test_unknown_icon_is_refused() -> None:
    with pytest.raises(icons.UnknownIcon, match="telephonne"):
        render("{% icon 'telephonne' %}")


def test_icon_is_silent_unless_it_is_named() -> None:
    assert 'aria-hidden="true"' in render("{% icon 'phone' %}")
    named = render("{% icon 'phone' label='Call us' %}")
    assert 'role="img" aria-label="Call us"' in named and "aria-hidden" not in named


def test_icon_of_data_has_a_fallback() -> None:
    assert render("{% icon name fallback='phone' %}", name="unheard-of") == render("{% icon 'phone' %}")


def test_every_icon_draws() -> None:
    assert len(icons.names()) > 100
    for name in icons.names():
        assert "<svg" in icons.drawing(name)


def test_progress_days_show_one_stone_a_day_and_stay_silent() -> None:
    html = render("{% progress_days states mini=True %}", states=["past", "wait", "now", "", "due"])
    assert re.findall(r"<i(?: class=\"(\w+)\")?>", html) == ["past", "wait", "now", "", "due"]
    assert 'aria-hidden="true"' in html and 'class="progress-days mini"' in html


@pytest.mark.parametrize("source", ["{% progress_days 'x' %}", "{% tag 'a' 'loud' %}", "{% presence 'asleep' %}"])
def test_unknown_words_of_the_system_are_refused(source: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        render(source)


def test_lapsed_fact_never_shows_its_value() -> None:
    facts = [{"label": "Fee", "value": "75 $", "state": "lapsed"}]
    html = render("{% fact_grid facts %}{% fact_rows facts %}", facts=facts)
    assert "75" not in html and html.count("To be verified") == 2


def test_example_fact_wears_its_mark() -> None:
    html = render("{% fact_grid facts %}", facts=[{"label": "Height", "value": "3", "unit": "m", "state": "sample"}])
    assert "example" in html and "3" in html


def test_chip_is_a_button_a_link_or_words() -> None:
    assert '<button class="chip" name="drop" value="shed"' in render("{% chip 'shed' name='drop' value='shed' %}")
    assert 'aria-label="Remove: shed"' in render("{% chip 'shed' url='/x' %}")
    assert render("{% chip 'shed' %}").startswith("<span")


def test_entry_says_when_and_keeps_its_words() -> None:
    html = render("{% entry 'Repaired' when 'now' by='Marc' %}<p>Done</p>{% endentry %}", when=date(2026, 2, 9))
    assert '<li class="now">' in html and 'datetime="2026-02-09"' in html
    assert "Monday, February\u00a09, 2026" in html and "<p>Done</p>" in html


def test_confidence_never_passes_a_hundred() -> None:
    assert "100&nbsp;%" in render("{% confidence 130 %}")


def test_next_page_exists_only_when_there_is_one() -> None:
    assert render("{% pager_next '' %}") == ""
    assert 'rel="next" href="?after=3"' in render("{% pager_next '?after=3' %}")


def test_filters_write_as_quebec_does_in_local_time() -> None:
    when = datetime(2026, 2, 9, 21, 42, tzinfo=UTC)
    with timezone.override("America/Toronto"), translation.override("fr"):
        source = (
            "{{ w|day }}/{{ w|day_short }}/{{ w|hour }}/{{ w|moment }}/{{ c|money }}/{{ p|phone }}/{{ m|duration }}"
        )
        html = render(source, w=when, c=123450, p="+14506581066", m=107).replace("\u00a0", " ")
    assert html == (
        "lundi 9 février 2026/lun. 9 févr./16 h 42/lundi 9 février 2026 à 16 h 42/1 234,50 $/450 658-1066/1 h 47"
    )


def test_filters_say_nothing_of_nothing() -> None:
    assert render("{{ n|day }}{{ n|hour }}{{ n|moment }}{{ n|brief }}{{ n|money }}{{ n|phone }}{{ n|duration }}") == ""


def test_late_evening_is_still_the_same_day_here() -> None:
    late = datetime(2026, 2, 10, 3, 0, tzinfo=UTC)
    with timezone.override("America/Toronto"):
        assert "February\u00a09" in render("{{ w|day }}", w=late)


def test_a_long_text_is_left_for_the_form_to_refuse_whole() -> None:
    class Long(forms.Form):
        words = forms.CharField(max_length=10, widget=forms.Textarea)
        name = forms.CharField(max_length=10)

    form = Long({"words": "more than ten", "name": "x"})
    html = render("{% field form.words %}", form=form)
    assert "maxlength" not in html, "a browser would cut it, and say nothing"
    assert "more than ten" in html
    assert 'maxlength="10"' in render("{% field form.name %}", form=form)


def test_a_key_bears_the_name_that_it_has_on_the_keyboard_of_the_reader() -> None:
    source = '{% kbd "Ctrl" "Enter" %}{% kbd "Esc" %}'
    assert render(source) == "<kbd>Ctrl\u00a0Enter</kbd><kbd>Esc</kbd>"
    with translation.override("fr"):
        assert render(source) == "<kbd>Ctrl\u00a0Entrée</kbd><kbd>Échap</kbd>"
