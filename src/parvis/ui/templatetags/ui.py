"""Template tags and filters of the design system; src/parvis/ui/README.md shows examples of each."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from functools import cache, lru_cache
from typing import Any, TypeVar

from django import template
from django.forms import BaseForm, BoundField
from django.forms import widgets as w
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from parvis.lib import clock, quebec
from parvis.lib.i18n.localized import localized as in_language
from parvis.ui import icons
from parvis.ui.messages import is_placed, placed, undo_address

register = template.Library()
T = TypeVar("T", date, datetime, time, time | datetime)

ARROWS = {"up": "arrow-up", "down": "arrow-down", "left": "arrow-left", "right": "arrow-right"}
STONES = ("past", "wait", "now", "late", "due", "gap", "")
CACHED = 512  # rendered fragments, some 3 kB each
TONES = ("", "water", "warm", "bad", "good", "sample")


def part(name: str, /, **context: Any) -> SafeString:
    """Renders the partial `ui/parts/<name>.html` with only these variables, stripped of surrounding whitespace."""
    return mark_safe(render_to_string(f"ui/parts/{name}.html", context).strip())


@cache
def _constant(name: str, _language: str | None, **context: str) -> SafeString:
    """A part that depends only on the language and these values, rendered once."""
    return part(name, **context)


def _body(content: str) -> SafeString:
    """The rendered content of a block tag, stripped of surrounding whitespace."""
    return mark_safe(content.strip())


def _checked(value: str, allowed: Iterable[str], what: str) -> str:
    if value not in allowed:
        raise template.TemplateSyntaxError(f"{what} {value!r} is not one of: {', '.join(filter(None, allowed))}.")
    return value


# --- Inline elements --------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "", css: str = "", fallback: str = "") -> SafeString:
    """The icon `name`; `fallback` replaces an unknown name that comes from data (otherwise UnknownIcon)."""
    return icons.drawing(fallback if fallback and name not in icons.names() else name, label, css)


@register.simple_tag
def logo(css: str = "mark") -> SafeString:
    """The product's logo, a fan of paving stones."""
    return _constant("logo", get_language(), css=css)


@register.simple_tag
def staff_bar(nav: Iterable[Any], section: str = "") -> SafeString:
    """The staff navigation bar, rendered once for the same screens, counts, current screen and language."""
    return _bar(tuple(nav), section, get_language())


@lru_cache(CACHED)
def _bar(nav: tuple[Any, ...], section: str, _language: str | None) -> SafeString:
    return part("staff_bar", nav=nav, section=section, count=sum(item.count for item in nav))


@register.simple_tag
def shared(template_name: str) -> SafeString:
    """A template that reads the same to everybody, rendered once in each language until the process ends.

    It is given no variable: neither the user, the request nor a CSRF token can be in it.
    """
    return _shared(template_name, get_language())


@cache
def _shared(template_name: str, _language: str | None) -> SafeString:
    return mark_safe(render_to_string(template_name).strip())


@register.simple_tag
def look_choices(look: str, looks: Mapping[str, Any]) -> SafeString:
    """The choice of looks, named in the active language."""
    return _looks(look, tuple((value, str(name)) for value, name in looks.items()))


@lru_cache(CACHED)
def _looks(look: str, looks: tuple[tuple[str, str], ...]) -> SafeString:
    return part("look_choices", look=look, looks=looks)


@register.simple_tag
def kbd(*keys: str) -> SafeString:
    """Keys as on a keyboard of the reader's language: `{% kbd "Alt" "1" %}`, `{% kbd "Enter" %}` ("Entrée").

    `{% kbd "up" %}` is an arrow, named for screen readers.
    """
    return _keys(keys, get_language())


@lru_cache(CACHED)
def _keys(keys: tuple[str, ...], _language: str | None) -> SafeString:
    arrows = {"up": _("Up arrow"), "down": _("Down arrow"), "left": _("Left arrow"), "right": _("Right arrow")}
    if len(keys) == 1 and keys[0] in ARROWS:
        return format_html('<kbd>{}<span class="hush">{}</span></kbd>', icons.drawing(ARROWS[keys[0]]), arrows[keys[0]])
    names = {"Enter": pgettext("keyboard", "Enter"), "Esc": pgettext("keyboard", "Esc")}
    return format_html("<kbd>{}</kbd>", "\u00a0".join(names.get(key, key) for key in keys))


@register.simple_tag
def tag(text: str, tone: str = "", icon: str = "") -> SafeString:
    """A tag label; tones: water, warm, bad, good, sample."""
    _checked(tone, TONES, "Tone")
    drawing = icons.drawing(icon) if icon else ""
    return format_html('<span class="{}">{}{}</span>', f"tag {tone}".strip(), drawing, text)


@register.simple_tag
def chip(text: str, name: str = "", value: str = "", url: str = "", label: str = "") -> SafeString:
    """A removable tag: a submit button (`name`, `value`) of the enclosing form, or a link to `url`; else plain."""
    return part("chip", text=text, name=name, value=value, url=url, label=label)


@register.simple_tag
def presence(state: str, label: str = "") -> SafeString:
    """A presence dot: here, busy or away, with a text label."""
    words = {"here": pgettext("person", "present"), "busy": _("on a contact"), "away": pgettext("person", "absent")}
    _checked(state, words, "Presence")
    return format_html('<span class="presence {}">{}</span>', state, label or words[state])


@register.simple_tag
def confidence(percent: int) -> SafeString:
    """The confidence of an answer, 0 to 100, as a figure and a bar; nothing when it would read 0 %."""
    shown = max(0, min(100, round(percent)))
    return part("confidence", percent=shown) if shown else mark_safe("")


@register.simple_tag
def progress_days(states: Sequence[str], mini: bool = False) -> SafeString:
    """A promise as one stone per working day, hidden from assistive technology: give it in words too."""
    return _stones(tuple(states), mini)


@lru_cache(CACHED)
def _stones(states: tuple[str, ...], mini: bool) -> SafeString:
    stones = "".join(f'<i class="{state}"></i>' if _checked(state, STONES, "Sett") else "<i></i>" for state in states)
    return mark_safe(f'<span class="progress-days{" mini" if mini else ""}" aria-hidden="true">{stones}</span>')


# --- Forms ------------------------------------------------------------------------------------------------------


@register.simple_tag
def field(
    bound: BoundField, label: str = "", hint: str = "", css: str = "", autofocus: bool = False, needed: bool = False
) -> SafeString:
    """A form field with its label, hint and errors, wired together (aria-describedby, aria-invalid).

    Radios and groups of checkboxes become a fieldset, a single checkbox precedes its label, a hidden field has no
    label. `needed` marks as required a field that the form requires only when it is shown.
    """
    if bound.is_hidden:
        return mark_safe(str(bound))
    widget = bound.field.widget
    hint = hint or str(bound.help_text)
    ids = [f"{bound.auto_id}_helptext"] if hint else []
    ids += [f"{bound.auto_id}_error"] if bound.errors else []
    attrs: dict[str, Any] = {"aria-describedby": " ".join(ids)} if ids else {}
    if bound.errors:
        attrs["aria-invalid"] = "true"
    if autofocus:
        attrs["autofocus"] = True
    if isinstance(widget, w.Textarea):
        attrs["maxlength"] = False  # browsers silently truncate pasted text; the form refuses it instead
    kind, needed = _kind(widget), needed or bound.field.required
    if needed and kind == "line":
        attrs["aria-required"] = "true"
    if kind == "line":
        attrs["class"] = f"input {widget.attrs.get('class', '')}".strip()
    if kind in ("line", "file") and not bound.errors:
        return _line(bound, kind, str(label or bound.label), hint, css, attrs, needed)
    context = {"f": bound, "kind": kind, "label": label or bound.label, "hint": hint, "ids": " ".join(ids), "css": css}
    context["needed"] = needed
    if kind != "group":
        context["control"] = bound.as_widget(attrs=attrs)
    return part("field", **context)


def _line(
    bound: BoundField, kind: str, label: str, hint: str, css: str, attrs: dict[str, Any], needed: bool
) -> SafeString:
    """The same output as the part `field` for fields without errors, which are the most common."""
    need = f" {_constant('required', get_language())}" if needed else ""
    help_text = format_html('<p class="hint" id="{}_helptext">{}</p>', bound.auto_id, hint) if hint else ""
    return format_html(
        '<div class="field {} {}"><label for="{}">{}{}</label>{}{}</div>',
        *(kind, css, bound.id_for_label, label, mark_safe(need), help_text, bound.as_widget(attrs=attrs)),
    )


def _kind(widget: w.Widget) -> str:
    if isinstance(widget, w.RadioSelect | w.CheckboxSelectMultiple):
        return "group"
    if isinstance(widget, w.CheckboxInput):
        return "box"
    if isinstance(widget, w.FileInput):
        return "file"
    return "line"


@register.simple_tag
def error_summary(*forms: BaseForm) -> SafeString:
    """The list of errors at the top of forms, each a link to its field; empty without errors."""
    errors: list[dict[str, str]] = []
    for form in forms:
        errors += [{"text": str(text), "target": ""} for text in form.non_field_errors()]
        for bound in (form[name] for name in form.fields if name in form.errors):
            target = bound.id_for_label or f"{bound.auto_id}_0"
            errors += [
                {"text": str(text), "target": target, "label": str(bound.label).rstrip("?: \u00a0")}
                for text in bound.errors
            ]
    if not errors:
        return mark_safe("")
    title = ngettext("One thing to correct", "%(count)d things to correct", len(errors)) % {"count": len(errors)}
    return part("error_summary", errors=errors, title=title)


@register.simple_tag
def combobox(
    name: str, url: str, label: str, value: str = "", hint: str = "", value_name: str = "", chosen: str = ""
) -> SafeString:
    """A text field with autocompletion (`url?q=...` answers with ui/parts/options.html).

    The text is sent as `name`; with `value_name`, the id of the chosen option too (empty when only typed).
    """
    return part(
        "combobox", name=name, url=url, label=label, value=value, hint=hint, value_name=value_name, chosen=chosen
    )


# --- Blocks -----------------------------------------------------------------------------------------------------


@register.simple_tag
def fact_grid(facts: Sequence[Mapping[str, Any]]) -> SafeString:
    """Facts in a grid, for the desk. Each: label, value, unit, note, state ("", "sample" or "lapsed")."""
    return part("fact_grid", facts=facts)


@register.simple_tag
def fact_rows(facts: Sequence[Mapping[str, Any]]) -> SafeString:
    """Facts in rows, for the public. Each as in `fact_grid`, with proof, url and url_label."""
    return part("fact_rows", facts=facts)


@register.simple_block_tag
def entry(content: str, title: str, when: date | str | None = None, tone: str = "", **more: Any) -> SafeString:
    """One `<li>` of `<ol class="journal">` around its text; tones: now, ahead, asked, internal, bad, undone.

    `when` is a datetime, a date or a text; `by` names the author; `short` abbreviates the date.
    """
    _checked(tone, ("", "now", "ahead", "asked", "internal", "bad", "undone"), "Tone")
    text = when if isinstance(when, str) or when is None else (brief(when) if more.get("short") else moment(when))
    machine = when.isoformat() if isinstance(when, date) else ""
    return part("entry", content=_body(content), title=title, said=text, machine=machine, tone=tone, **more)


@register.simple_block_tag
def promise(content: str, words: str, states: Sequence[str] = (), **more: Any) -> SafeString:
    """A promise: its sentence, stones, labels (start, here, end), the date in large (`date`), then actions."""
    stones = progress_days(states) if states else ""
    return part("promise", content=_body(content), words=words, stones=stones, **more)


@register.simple_block_tag
def empty(content: str, title: str, icon: str = "inbox") -> SafeString:
    """The empty state of a list: a title, then possible actions."""
    return part("empty", content=_body(content), title=title, icon=icon)


@register.simple_block_tag
def note(content: str, tone: str = "", title: str = "", icon: str = "") -> SafeString:
    """A callout: "" for information, warm for a warning, bad for what must not be said or done, good for success."""
    _checked(tone, ("", "warm", "bad", "good"), "Tone")
    default_icons = {"": "info", "warm": "triangle-alert", "bad": "octagon-x", "good": "circle-check"}
    return part("note", content=_body(content), tone=tone, title=title, icon=icon or default_icons[tone])


@register.simple_block_tag
def dialog(content: str, ident: str, title: str, css: str = "") -> SafeString:
    """A `<dialog id=ident>` opened by any element with `data-dialog-open="ident"`."""
    return part("dialog", content=_body(content), ident=ident, title=title, css=css)


@register.simple_tag
def toast(text: str, tone: str = "good", undo_url: str = "", csrf_token: str = "") -> SafeString:
    """A message after an action, with a button that POSTs to `undo_url` when it can be undone."""
    return part("toast", text=text, tone=tone, undo_url=undo_url, csrf_token=csrf_token)


@register.simple_tag
def pager_next(url: str, label: str = "") -> SafeString:
    """The link to the next page of a long list; nothing when `url` is empty."""
    return part("pager_next", url=url, label=label or _("Show more")) if url else mark_safe("")


@register.simple_tag
def skeleton(lines: int = 3) -> SafeString:
    """Grey lines in place of content that is loading."""
    return part("skeleton", lines=range(lines))


register.filter("undo_address", undo_address)


@register.simple_tag(takes_context=True)
def undo_bar(context: template.Context, *places: str) -> SafeString:
    """What was just done at these places of the page, with the button that undoes it and the time left; "" for nothing.

    It is a plain form, and leaves when its time is over. Other messages stay toasts.
    """
    request = context.get("request")
    rows = list(placed(request, places)) if request else []
    return part("undo_bar", rows=rows, csrf_token=context.get("csrf_token")) if rows else SafeString()


@register.simple_tag(takes_context=True)
def toasts(context: template.Context) -> list[Any]:
    """The messages of the page that no `undo_bar` shows."""
    return [one for one in context.get("messages") or () if not is_placed(context["request"], one)]


@register.filter
def seconds_left(until: datetime) -> int:
    """How many whole seconds are left until a moment; 0 once it has passed."""
    return max(0, int((until - clock.now()).total_seconds()))


@register.filter
def clock_left(until: datetime) -> str:
    """The time left until a moment, as "0:15"; "0:00" once it has passed."""
    minutes, seconds = divmod(seconds_left(until), 60)
    return f"{minutes}:{seconds:02d}"


@register.filter
def localized(obj: object, name: str) -> str:
    """`{{ subject|localized:"title" }}`: the text in the active language; "" when there is no object."""
    return in_language(obj, name) if obj else ""


# --- Figures and dates ------------------------------------------------------------------------------------------


def _lang() -> str:
    return get_language() or "fr"


def _local(when: T) -> T:
    if isinstance(when, datetime) and timezone.is_aware(when):
        return timezone.localtime(when)
    return when


@register.filter
def day(when: date | None) -> str:
    """ "lundi 9 février 2026", in the active language and time zone; "" for None."""
    return quebec.day(_local(when), _lang()) if when else ""


@register.filter
def day_short(when: date | None) -> str:
    """ "lun. 9 févr.", "lun. 9 févr. 2024" for a distant date; "" for None."""
    return quebec.day_short(_local(when), _lang(), today=clock.today()) if when else ""


@register.filter
def weekday(when: date | None) -> str:
    """ "lundi", "Monday"; "" for None."""
    return quebec.weekday(_local(when) if isinstance(when, datetime) else when, _lang()) if when else ""


@register.filter
def hour(when: time | datetime | None) -> str:
    """ "16 h 42"; "" for None."""
    return quebec.hour(_local(when), _lang()) if when else ""


@register.filter
def moment(when: date | None) -> str:
    """ "lundi 9 février 2026 à 16 h 42", or the day alone for a date; "" for None."""
    if isinstance(when, datetime):
        return quebec.moment(_local(when), _lang())
    return day(when)


@register.filter
def whole(text: str) -> SafeString:
    """A reference or another text that must not wrap."""
    return format_html('<span class="whole">{}</span>', text)


@register.filter
def one_stop(text: str) -> str:
    """As `quebec.without_double_stop`: no doubled full stop after an hour in English ("4 p.m..")."""
    return mark_safe(quebec.without_double_stop(text))  # noqa: S308


@register.filter
def brief(when: date | None) -> str:
    """ "lun. 9 févr., 16 h 42", or the day alone for a date; "" for None."""
    return f"{day_short(when)}, {hour(when)}" if isinstance(when, datetime) else day_short(when)


@register.filter
def money(cents: int | None) -> str:
    """ "1 234,50 $" from whole cents; "" for None."""
    return quebec.money(cents, _lang()) if isinstance(cents, int) else ""


@register.filter
def exact_money(cents: int | None) -> str:
    """ "1 234,00 $" from whole cents, for columns of amounts; "" for None."""
    return quebec.money(cents, _lang(), exact=True) if isinstance(cents, int) else ""


@register.filter
def phone(number: str | None) -> str:
    """ "450 658-1066"; "" for None."""
    return quebec.phone(number, _lang()) if number else ""


@register.filter
def duration(minutes: int | None) -> str:
    """ "1 h 47" from minutes; "" for None."""
    return quebec.duration(minutes, _lang()) if isinstance(minutes, int) else ""
