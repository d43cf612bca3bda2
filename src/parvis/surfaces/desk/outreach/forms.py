"""The composer's form, and those of a live message."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import User
from parvis.apps.directory.queries import language_rule
from parvis.apps.newsletter.rules.contact_points import email_address
from parvis.apps.outreach.channels.registry import CHANNELS, public_channels
from parvis.apps.outreach.models import Message
from parvis.apps.outreach.rules.content import AGENTS, BASE, SHORT, Words
from parvis.apps.outreach.rules.limits import PANEL
from parvis.apps.outreach.rules.local_time import NoSuchHour, moment_of
from parvis.apps.outreach.services.drafts import MessageDraft
from parvis.apps.outreach.services.trying import own_targets
from parvis.apps.places.models import Sector, Street
from parvis.apps.schedules.queries.provenance import zone
from parvis.apps.schedules.queries.sectors import street_meant, streets_like
from parvis.lib import quebec
from parvis.lib.i18n.languages import clean
from parvis.lib.phone_numbers import phone_number
from parvis.ui.forms import ByNameField, RefusableForm

LANGUAGES = ("fr", "en")
PARTS = {"base": BASE, "short": SHORT, "say": AGENTS}
# Channels that may have words of their own.
SMALL = ("panels", "push", "banner", "facebook", "mastodon", "texts", "voice")


class LocalMomentField(forms.Field):
    """A local time of the town, given as an aware moment. An hour shown twice means the first, or the `last`."""

    def __init__(self, *, last: bool = False, **more: Any) -> None:
        self.last = last
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, required=False, **more)

    def to_python(self, value: Any) -> datetime | None:
        """Raises ValidationError for what is no moment, and for an hour that the clocks skip, with the next one."""
        if not value:
            return None
        try:
            local = datetime.fromisoformat(str(value)).replace(second=0, microsecond=0, tzinfo=None)
        except ValueError as error:
            raise forms.ValidationError(gettext("Write a day and an hour.")) from error
        try:
            return moment_of(local, zone(), last=self.last)
        except NoSuchHour as skipped:
            after = quebec.moment(skipped.after, clean(get_language()), year=False)
            message = gettext("The clocks skip this hour that night. The next one: %(after)s.") % {"after": after}
            raise forms.ValidationError(message) from skipped

    def prepare_value(self, value: Any) -> Any:
        return timezone.localtime(value, zone()) if isinstance(value, datetime) else value


def _area(label: Any, rows: int, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, strip=True, widget=forms.Textarea(attrs={"rows": rows}), **more)


class MessageForm(RefusableForm):
    """A message: its words in two languages, its area, its moments, its channels."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("What it is about"), choices=Message.Kind, required=False)
    urgency = forms.ChoiceField(label=_("Urgency"), choices=Message.Urgency, required=False)
    drill = forms.BooleanField(
        label=_("Exercise"), required=False, help_text=_("The whole way, marked as an exercise; nobody is disturbed.")
    )
    title_fr = forms.CharField(label=_("Title"), required=False, max_length=120)
    title_en = forms.CharField(label=_("Title, English"), required=False, max_length=120)
    text_fr = _area(_("Text"), 7, max_length=5000)
    text_en = _area(_("Text, English"), 7, max_length=5000)
    short_fr = _area(_("Short"), 2, max_length=320)
    short_en = _area(_("Short, English"), 2, max_length=320)
    say_fr = _area(_("What the agents say"), 2, max_length=600, help_text=_("Left empty: the text."))
    say_en = _area(_("What the agents say, in English"), 2, max_length=600)
    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/*"}),
        help_text=_("For the news item and the networks. JPEG, PNG, WebP or HEIC, 12 MB at most."),
    )
    no_picture = forms.BooleanField(label=_("Remove the picture"), required=False)
    image_fr = forms.CharField(label=_("What the picture shows"), required=False, max_length=250)
    image_en = forms.CharField(label=_("What the picture shows, in English"), required=False, max_length=250)
    english_reason = forms.ChoiceField(label=_("Why English is used"), required=False)
    sectors = forms.ModelMultipleChoiceField(
        Sector.objects.none(), label=_("Sectors"), required=False, widget=forms.CheckboxSelectMultiple
    )
    streets = _area(_("Streets"), 2, max_length=1000, help_text=_("One a line. Nothing: the whole town."))
    subject = ByNameField(Subject.objects.none(), label=_("Subject"), required=False, empty_label=_("No subject"))
    starts = LocalMomentField(label=_("Appears"), help_text=_("Left empty: as soon as it is approved."))
    expires = LocalMomentField(label=_("Ends"), last=True, help_text=_("Then it is removed everywhere, by itself."))
    channels = forms.MultipleChoiceField(required=False, label=_("Channels"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channels"].choices = [(row.slug, row.label) for row in public_channels()]  # type: ignore[attr-defined]
        self.fields["sectors"].queryset = Sector.objects.order_by("kind", "name_fr")  # type: ignore[attr-defined]
        self.fields["subject"].queryset = Subject.objects.filter(active=True)  # type: ignore[attr-defined]
        reasons = language_rule().choices(get_language())
        self.fields["english_reason"].choices = [("", _("No reason given")), *reasons]  # type: ignore[attr-defined]
        for name in ("title_en", "text_en", "short_en", "say_en", "image_en"):
            self.fields[name].widget.attrs["lang"] = "en-CA"
        self.fields["short_fr"].help_text = _("%(n)d characters for the panel.") % {"n": PANEL}
        for slug in SMALL:
            if slug in CHANNELS:
                for code in LANGUAGES:
                    label = f"{CHANNELS[slug].label}, {'français' if code == 'fr' else 'English'}"
                    self.fields[f"own_{slug}_{code}"] = _area(label, 2, max_length=5000)

    def own_fields(self) -> list[forms.BoundField]:
        """The words of one channel alone."""
        return [self[name] for name in self.fields if name.startswith("own_")]

    def clean_streets(self) -> list[Street]:
        """The streets named; the error suggests the closest ones."""
        found = []
        for line in self.cleaned_data["streets"].splitlines():
            if not (typed := line.strip()):
                continue
            street = street_meant(typed)
            if street is None:
                near = ", ".join(streets_like(typed))
                raise forms.ValidationError(
                    gettext("“%(typed)s” is no street of the town. %(near)s") % {"typed": typed, "near": near}
                )
            found.append(street)
        return found

    def draft(self, image_id: int | None) -> MessageDraft:
        """What was typed, as the service takes it. What is not valid is left out; the form holds its error."""
        data = self.cleaned_data
        versions: dict[tuple[str, str], Words] = {}
        for code in LANGUAGES:
            versions[BASE, code] = Words(data.get(f"title_{code}", ""), data.get(f"text_{code}", ""))
            versions[SHORT, code] = Words("", data.get(f"short_{code}", ""))
            versions[AGENTS, code] = Words("", data.get(f"say_{code}", ""))
            for slug in SMALL:
                versions[slug, code] = Words("", data.get(f"own_{slug}_{code}", ""))
        return MessageDraft(
            kind=data.get("kind") or Message.Kind.NEWS,
            urgency=data.get("urgency") or Message.Urgency.NORMAL,
            drill=data.get("drill", False),
            channels=data.get("channels", ()),
            versions={place: words for place, words in versions.items() if words.title or words.text},
            sectors=[row.pk for row in data.get("sectors") or ()],
            streets=[row.pk for row in data.get("streets") or ()],
            subject_id=data["subject"].pk if data.get("subject") else None,
            starts_at=data.get("starts"),
            expires_at=data.get("expires"),
            english_reason=data.get("english_reason", ""),
            image_id=image_id,
            image_fr=data.get("image_fr", ""),
            image_en=data.get("image_en", ""),
        )


def initial_of(message: Message, draft: MessageDraft | None = None) -> dict[str, Any]:
    """The values of the form of a message; of `draft`, what someone typed on it, when given."""
    versions = {(row.channel, row.language): Words(row.title, row.text) for row in message.versions.all()}
    source: Any = draft or message
    versions = dict(draft.versions) if draft else versions
    values: dict[str, Any] = {"revision": message.revision}
    for code in LANGUAGES:
        base = versions.get((BASE, code), Words())
        values |= {f"title_{code}": base.title, f"text_{code}": base.text}
        values |= {f"{name}_{code}": versions.get((slug, code), Words()).text for name, slug in _TEXTS.items()}
        values |= {f"own_{slug}_{code}": versions.get((slug, code), Words()).text for slug in SMALL}
    streets = Street.objects.filter(pk__in=draft.streets) if draft else message.streets.all()
    sectors = list(draft.sectors) if draft else [row.pk for row in message.sectors.all()]
    names = ("kind", "urgency", "drill", "english_reason")
    alts = {row.language: row.alt for row in message.versions.all() if row.channel == BASE}
    alts = {"fr": draft.image_fr, "en": draft.image_en} if draft else alts
    return values | {
        **{name: getattr(source, name) for name in names},
        **{f"image_{code}": alts.get(code, "") for code in LANGUAGES},
        "subject": source.subject_id,
        "channels": list(source.channels),
        "starts": source.starts_at,
        "expires": source.expires_at,
        "sectors": sectors,
        "streets": "\n".join(row.name for row in streets),
    }


_TEXTS = {"short": SHORT, "say": AGENTS}


class TestForm(RefusableForm):
    """Where a test to `user` goes: to their account's own address and number; what it has not is asked for."""

    __test__ = False  # no test class, whatever its name

    to_email = forms.CharField(
        label=_("Your e-mail address"), required=False, max_length=254, widget=forms.EmailInput(attrs={"size": 30})
    )
    to_phone = forms.CharField(
        label=_("Your mobile number"), required=False, max_length=30, widget=forms.TextInput(attrs={"type": "tel"})
    )
    to_language = forms.ChoiceField(
        label=_("In which language"), choices=(("fr", "Français"), ("en", "English")), required=False
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        email, phone = own_targets(user)
        self.own = [target for target in (email, quebec.phone(phone)) if target]
        for name, target in (("to_email", email), ("to_phone", phone)):
            if target:
                del self.fields[name]

    def asked(self) -> list[forms.BoundField]:
        """The fields of what the account has not."""
        return [self[name] for name in ("to_email", "to_phone") if name in self.fields]

    @property
    def lacks(self) -> bool:
        """Whether something is missing for a test of every channel."""
        return any(not field.value() for field in self.asked())

    def clean_to_email(self) -> str:
        """The address in lower case; "" for none."""
        typed: str = self.cleaned_data["to_email"].strip()
        if typed and not email_address(typed):
            raise forms.ValidationError(gettext("“%(address)s” is not an e-mail address.") % {"address": typed})
        return email_address(typed)

    def clean_to_phone(self) -> str:
        """The number in E.164; "" for none."""
        typed: str = self.cleaned_data["to_phone"].strip()
        if typed and not phone_number(typed):
            raise forms.ValidationError(gettext("“%(number)s” is not a whole phone number.") % {"number": typed})
        return phone_number(typed)

    def target(self) -> dict[str, str]:
        """What was typed and the language, as the service takes them, once the form is valid."""
        data = self.cleaned_data
        typed = {"email": data.get("to_email", ""), "phone": data.get("to_phone", "")}
        return typed | {"language": data["to_language"] or "fr"}


class RemovedForm(RefusableForm):
    """What was removed by hand, and how."""

    note = forms.CharField(label=_("What you did"), required=False, max_length=300)


class ApproveForm(RefusableForm):
    """The answer of the second person."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(label=_("A word for the author"), required=False, max_length=500)


class ExtendForm(RefusableForm):
    """A later end."""

    expires = LocalMomentField(label=_("New end"), last=True)


class WithdrawForm(RefusableForm):
    """Why a message is taken back."""

    words = forms.CharField(label=_("Why it is withdrawn"), required=False, max_length=300)


class NewForm(RefusableForm):
    """What a new message starts from."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    template = forms.IntegerField(required=False, widget=forms.HiddenInput)
    incident = forms.IntegerField(required=False, widget=forms.HiddenInput)
    notice = forms.IntegerField(required=False, widget=forms.HiddenInput)
    night = forms.IntegerField(required=False, widget=forms.HiddenInput)
    drill = forms.BooleanField(required=False, widget=forms.HiddenInput)
