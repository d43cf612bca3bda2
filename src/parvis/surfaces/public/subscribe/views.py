"""Subscribing, confirming, choosing, leaving. A GET changes nothing: mail programs open every link they see."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from parvis.apps.newsletter.letters.subscriptions import consent_words
from parvis.apps.newsletter.models import Consent, ContactPoint, Subscription
from parvis.apps.newsletter.queries import issues, points
from parvis.apps.newsletter.services import subscribing
from parvis.apps.newsletter.services.reports import leave_by_letter
from parvis.apps.newsletter.services.subscribing import Origin, Wanted
from parvis.apps.residents.queries.accounts import emails_of
from parvis.apps.residents.web.sessions import account_of
from parvis.apps.telephony.queries.calls import enabled as calls_enabled
from parvis.apps.telephony.queries.texts import enabled as texts_enabled
from parvis.apps.throttling.services import proves, within_limit
from parvis.lib.errors import Invalid, NotFound
from parvis.lib.limits import client_address, client_network
from parvis.surfaces.public.follow.views import private, unknown
from parvis.surfaces.public.form_guard import WINDOW, too_many
from parvis.surfaces.public.frame import nav
from parvis.surfaces.public.same_origin import same_origin
from parvis.surfaces.public.subscribe.forms import CHANNEL_FIELDS, ChoicesForm, LinkForm, MeansForm, SubscribeForm
from parvis.ui.messages import done

TIMES = 5  # subscriptions of one client in ten minutes
BARE, BARE_NETWORK = 3, 12  # those for a number, without a proof of work, of one client and of one network, in WINDOW
Channel, Kind = ContactPoint.Channel, Subscription.Kind


@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def subscribe(request: HttpRequest) -> HttpResponse:
    """The form that subscribes; what follows is a page that says to look at one's letters, whoever is known."""
    texts, calls = texts_enabled(), calls_enabled()
    if request.method != "POST" or "begin" in request.POST:
        # No box is ticked beforehand: consent is an act of the person (Canada's anti-spam law, CRTC 2012-549).
        # The line at the foot of the pages posts an address, which never stands in a URL, and changes nothing.
        initial = {"email": request.POST.get("email", "")[:254]}
        return _subscribing(request, SubscribeForm(initial=initial, texts=texts, calls=calls))
    form = SubscribeForm(request.POST, texts=texts, calls=calls)
    if not form.is_valid() or too_many(request, form, TIMES, "subscribe") or _lacks_proof(request, form):
        return _subscribing(request, form)
    origin, field = _origin(request), ""
    try:
        for channel, name in CHANNEL_FIELDS:
            if target := form.cleaned_data.get(name):
                field = name
                subscribing.subscribe(
                    channel=channel,
                    target=target,
                    language=get_language() or "fr",
                    wanted=_for_channel(form.wanted, channel, email=bool(form.cleaned_data["email"])),
                    origin=origin,
                )
    except Invalid as error:
        form.refuse(_beside(error, field), error.message)
        return _subscribing(request, form)
    page = {name: form.cleaned_data.get(name, "") for _channel, name in CHANNEL_FIELDS} | {"public_nav": nav()}
    return private(render(request, "public/subscribe/asked.html", page))


def _lacks_proof(request: HttpRequest, form: SubscribeForm | MeansForm) -> bool:
    """Whether a number, to which the town pays a text or a call, is given without a proof of work beyond the few that
    a client and a network may; adds the error. One proof serves the same numbers, sent again after an error.
    """
    numbers = [number for name in ("phone", "calls") if (number := form.cleaned_data.get(name))]
    if not numbers or proves(form.cleaned_data["altcha"], use=points.digest(" ".join(numbers))):
        return False
    own = within_limit("subscribe-bare", client_address(request), times=BARE, seconds=WINDOW)
    if own and within_limit("subscribe-bare-network", client_network(request), times=BARE_NETWORK, seconds=WINDOW):
        return False
    form.add_error(None, _("Too many sendings from here. Wait ten minutes, or call us: nothing typed is lost."))
    return True


def _beside(error: Invalid, field: str) -> dict[str, Any]:
    """The refusal of a number, beside the field where it was typed."""
    return {field if name == "phone" else name: words for name, words in error.fields.items()}


def _for_channel(wanted: Wanted, channel: str, *, email: bool) -> Wanted:
    """The news goes by e-mail; a number given beside an address is for alerts."""
    if channel != Channel.EMAIL and (email or wanted.alerts):
        return Wanted(alerts=True, places=wanted.places)
    return wanted


def _subscribing(request: HttpRequest, form: SubscribeForm) -> HttpResponse:
    page = {"form": form, "consent": consent_words(), "public_nav": nav(), "archive": issues.archive(3)}
    return private(render(request, "public/subscribe/subscribe.html", page, status=422 if form.errors else 200))


@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def another_link(request: HttpRequest) -> HttpResponse:
    """Sends the link to one's choices again; the page that follows is the same whoever is known."""
    form = LinkForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid() or too_many(request, form, TIMES, "subscribe"):
        return _link_page(request, form, 422 if form.errors else 200)
    with form.catching():
        subscribing.send_link(email=form.cleaned_data["email"])
        page = {"email": form.cleaned_data["email"], "public_nav": nav()}
        return private(render(request, "public/subscribe/link_sent.html", page))
    return _link_page(request, form, 422)


def _dead(request: HttpRequest) -> HttpResponse:
    """The same page for a link that was never issued, and for one whose address was erased since."""
    return _link_page(request, LinkForm(), 404, dead=True)


def _link_page(request: HttpRequest, form: LinkForm, status: int, *, dead: bool = False) -> HttpResponse:
    page = {"form": form, "dead": dead, "public_nav": nav()}
    return private(render(request, "public/subscribe/link.html", page, status=status))


@same_origin
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, secret: str) -> HttpResponse:
    """One's choices, behind the secret that every message links; a button confirms what is not confirmed yet."""
    point = points.by_secret(secret)
    if point is None:
        return _dead(request)
    with translation.override(_language(request, point)):
        if request.method == "POST":
            if not within_limit("preferences", client_address(request), times=60, seconds=600):
                return unknown(request, too_many=True)
            form = ChoicesForm(request.POST, initial=_form_of(point).initial)
            if form.is_valid():
                subscribing.change_choices(secret=secret, wanted=form.wanted, origin=_origin(request))
                done(request, _("Your choices are kept."))
                return redirect("public:subscription", secret)
            return _preferences(request, point, form)
        return _preferences(request, point, _form_of(point))


def _language(request: HttpRequest, point: ContactPoint) -> str:
    """The language chosen on the site, else that of the subscriber."""
    return (get_language() if request.COOKIES.get("lang") else "") or point.subscriber.language


def _form_of(point: ContactPoint) -> ChoicesForm:
    chosen = points.choices_of(point)
    address = next((place.label for place in chosen.places), "")
    initial = {"news": chosen.news, "alerts": chosen.alerts, "groups": list(chosen.groups), "address": address}
    return ChoicesForm(initial=initial)


def _preferences(
    request: HttpRequest, point: ContactPoint, form: ChoicesForm, means: MeansForm | None = None
) -> HttpResponse:
    chosen = points.choices_of(point)
    page: dict[str, Any] = {
        "point": point,
        "asks_to_confirm": not point.reachable and (chosen.news or chosen.alerts),
        "form": form,
        "means": means or MeansForm(texts=texts_enabled(), calls=calls_enabled()),
        "others": points.other_means(point),
        "consent": consent_words(),
        "chosen": chosen,
        "latest": next(iter(issues.archive(1)), None),
        "texts": texts_enabled(),
        "calls": calls_enabled(),
        "joinable": _joinable(request, point),
        "public_nav": nav(),
    }
    status = 422 if form.errors or (means and means.errors) else 200
    return private(render(request, "public/subscribe/preferences.html", page, status=status))


def _joinable(request: HttpRequest, point: ContactPoint) -> bool:
    """Whether its address may be joined to the account signed in, which a code sent to it then proves."""
    account = account_of(request)
    return account is not None and point.channel == Channel.EMAIL and point.target not in emails_of(account)


@same_origin
@never_cache
@require_POST
def confirm(request: HttpRequest, secret: str) -> HttpResponse:
    """Confirms, by the button of the page that the letter leads to."""
    return _change(request, secret, subscribing.confirm, _("It is confirmed."))


@same_origin
@never_cache
@require_POST
def add_means(request: HttpRequest, secret: str) -> HttpResponse:
    """Adds an address or a number of the same person, which must be confirmed from there."""
    point = points.by_secret(secret)
    if point is None or not point.confirmed_at:
        return _dead(request)
    form = MeansForm(request.POST, texts=texts_enabled(), calls=calls_enabled())
    if form.is_valid() and not too_many(request, form, TIMES, "subscribe") and not _lacks_proof(request, form):
        channel, target, field = form.target
        try:
            subscribing.subscribe(
                channel=channel,
                target=target,
                language=point.subscriber.language,
                wanted=Wanted(alerts=True, news=channel == Channel.EMAIL),
                origin=_origin(request),
                beside=point,
            )
        except Invalid as error:
            form.refuse(_beside(error, field), error.message)
        else:
            by_call = channel == Channel.VOICE
            done(request, _("A call will ask you to press 1.") if by_call else _("A message has left to confirm it."))
            return redirect("public:subscription", secret)
    return _preferences(request, point, _form_of(point), form)


@same_origin
@never_cache
@require_POST
def remove_means(request: HttpRequest, secret: str, point_id: int) -> HttpResponse:
    """Stops everything to another address or number of the same person."""
    change = partial(subscribing.remove_means, point_id=point_id)
    return _change(request, secret, change, _("It is removed: nothing more goes there."))


@same_origin
@never_cache
@require_POST
def leave_all(request: HttpRequest, secret: str) -> HttpResponse:
    """Stops everything, by one press."""
    words = _("It is done: nothing more comes here. The letters about your requests go on.")
    return _change(request, secret, subscribing.leave_all, words)


def _change(request: HttpRequest, secret: str, change: Callable[..., object], words: str) -> HttpResponse:
    try:
        change(secret=secret, origin=_origin(request))
    except NotFound:
        return _dead(request)
    done(request, words)
    return redirect("public:subscription", secret)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, secret: str, kind: str) -> HttpResponse:
    """Leaves one kind: at once when it is posted to, by a mail program (RFC 8058) or by the button of the page.

    No cookie, no token, no redirection; repeated, the answer is the same. `l` is the letter that it comes from.
    """
    point = points.by_secret(secret)
    if point is None or kind not in Kind.values:
        return _dead(request)
    left = False
    if request.method == "POST":
        one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        letter = request.GET.get("l", "")
        leave_by_letter(
            secret=secret,
            kind=kind,
            delivery_id=int(letter) if letter.isdigit() and len(letter) < 16 else None,  # noqa: PLR2004
            origin=_origin(request, via=Consent.Via.ONE_CLICK if one_click else Consent.Via.WEB),
        )
        left = True
    with translation.override(_language(request, point)):
        label = Kind(kind).label
        page = {"point": point, "kind": kind, "kind_label": label, "left": left, "public_nav": nav()}
        return private(render(request, "public/subscribe/leave.html", page))


def _origin(request: HttpRequest, *, via: str = Consent.Via.WEB) -> Origin:
    """Where a consent on the web comes from. The address is kept as a digest of its network only."""
    words = "" if via == Consent.Via.ONE_CLICK else consent_words()
    secret = _secret(request)
    page = request.path.replace(secret, "…") if secret else request.path
    return Origin(via, words=words, page=page, network=client_network(request))


def _secret(request: HttpRequest) -> str:
    """The secret in the address of the page, which a proof does not hold."""
    match = request.resolver_match
    return str(match.kwargs.get("secret", "")) if match else ""
