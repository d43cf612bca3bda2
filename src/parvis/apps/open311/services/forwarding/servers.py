"""The servers of outside bodies, for managers: added, changed, tested, their services fetched and mapped."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from parvis.apps.catalogue.models import Subject
from parvis.apps.directory.models import Department, User
from parvis.apps.directory.rules.permissions import Action
from parvis.apps.open311.channels import GeoReport
from parvis.apps.open311.models import OutsideServer, ServiceMapping
from parvis.apps.open311.queries.forwarding import server_by_id
from parvis.lib.clock import now
from parvis.lib.database.rows import locked_row
from parvis.lib.errors import Invalid, type_text
from parvis.lib.outbound import Unreachable, place
from parvis.lib.sealing import seal, unseal
from parvis.lib.transport import PermanentError, TransientError

MOST_SERVICES = 2_000


@dataclass(frozen=True)
class ServerValues:
    """What a manager says of a server. `key`: "" leaves the present one."""

    name: str
    body: Department
    url: str
    jurisdiction_id: str = ""
    key: str = ""
    sends_person: bool = False
    when_closed: str = OutsideServer.WhenClosed.ASK
    active: bool = True


@dataclass(frozen=True)
class Mapped:
    """The service that a subject is there, and the answers always sent to its questions."""

    service_code: str
    attributes: Mapping[str, str]


def save_server(*, values: ServerValues, by: User, server_id: int | None = None) -> OutsideServer:
    """Adds a server, or changes it; it is used once it was tested. Its key does not follow it to another host.

    Raises NotAllowed, NotFound, Invalid. Its name is resolved when it is tested, and at each call.
    """
    _refuse_other_roles(by)
    if values.body.kind != Department.Kind.EXTERNAL:
        raise Invalid.in_field("body", _("Choose an outside body."))
    if why := _why_refused(values.url):
        raise Invalid.in_field("url", why)
    return _saved(values, server_id)


@transaction.atomic
def _saved(values: ServerValues, server_id: int | None) -> OutsideServer:
    server = _locked(server_id) if server_id else OutsideServer()
    server.trouble = ""
    key = values.key.strip()
    if key:
        server.sealed_key = seal(key)
    elif server.sealed_key and _place_of(server.url) != _place_of(values.url):
        server.sealed_key = ""
        server.trouble = _("The key was that of another address: give the one of this server.")
    if server.url != values.url:
        server.endpoint, server.services, server.services_at, server.tested_at = "", [], None, None
    server.name, server.body, server.url = values.name.strip(), values.body, values.url
    server.jurisdiction_id, server.active = values.jurisdiction_id.strip(), values.active
    server.sends_person, server.when_closed = values.sends_person, values.when_closed
    try:
        with transaction.atomic():
            server.save()
    except IntegrityError as error:
        raise Invalid.in_field("body", _("This body has a server already.")) from error
    return server


def check_server(*, server_id: int, by: User) -> OutsideServer:
    """Finds the endpoint and fetches its services; what went wrong is kept with the server. Raises NotAllowed,
    NotFound. The network is outside any transaction.
    """
    _refuse_other_roles(by)
    server = server_by_id(server_id, _("This server does not exist."))
    url = server.url
    try:
        endpoint = GeoReport(url).endpoint()
        if _place_of(endpoint)[1] != _place_of(url)[1]:
            text = _("Its discovery leads to another host: if it is theirs, type its address, %(url)s, and its key.")
            raise PermanentError(text % {"url": endpoint})
        if why := _why_refused(endpoint):
            raise PermanentError(str(why))
        rows = client_of(server, endpoint).services()[:MOST_SERVICES]
        found, trouble = [asdict(row) for row in rows], "" if rows else _("This server offers no service.")
    except (TransientError, PermanentError) as error:
        return _tested(server, url, trouble=str(error)[:300])
    return _tested(server, url, endpoint=endpoint, services=found, trouble=trouble)


@transaction.atomic
def _tested(server: OutsideServer, url: str, **values: object) -> OutsideServer:
    current = _locked(server.pk)
    if current.url != url:
        return current  # changed meanwhile: what was found is of another address
    for name, value in values.items():
        setattr(current, name, value)
    if values.get("endpoint"):
        current.tested_at = current.services_at = now()
        current.left_until = None
    current.save()
    return current


@transaction.atomic
def map_services(*, server_id: int, mapped: Mapping[int, Mapped], by: User) -> int:
    """Replaces which service each subject (by id) is there; returns how many. Raises NotAllowed, NotFound, Invalid."""
    _refuse_other_roles(by)
    server = _locked(server_id)
    known = {row["code"] for row in server.services}
    unknown = sorted({one.service_code for one in mapped.values()} - known)
    if unknown and known:
        raise Invalid(_("This server has no service of that code: %(code)s.") % {"code": unknown[0]})
    kept = [row for row in Subject.objects.filter(pk__in=mapped) if mapped[row.pk].service_code]
    server.mappings.exclude(subject__in=kept).delete()
    for subject in kept:
        one = mapped[subject.pk]
        values = {"service_code": one.service_code, "attributes": dict(one.attributes)}
        ServiceMapping.objects.update_or_create(server=server, subject=subject, defaults=values)
    return len(kept)


def client_of(server: OutsideServer, endpoint: str = "") -> GeoReport:
    """The client of a server. Raises TransientError when its key cannot be read any more."""
    key = unseal(server.sealed_key)
    if key is None:
        raise TransientError(_("The key of this server cannot be read any more: give it again."))
    return GeoReport(endpoint or server.endpoint, server.jurisdiction_id, key)


def _why_refused(url: str) -> type_text:
    """Why a URL is never a server's, by itself; "" when it may be. Without https to a trusted host only."""
    trusted = settings.PARVIS_OPEN311_TRUSTED_HOSTS
    try:
        where = place(url, trusted=trusted)
    except Unreachable:
        return _("This address is not one of the public network, on its usual port.")
    return "" if where.scheme == "https" or where.host in trusted else _("Requests are sent by https only.")


def _place_of(url: str) -> tuple[str, str, int | None]:
    """The scheme, host and port of a URL; three blanks for what is none."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port
    except ValueError:
        return "", "", None


def _locked(server_id: int) -> OutsideServer:
    """A server and its body, its row locked until the transaction ends. Raises NotFound."""
    rows = OutsideServer.objects.select_related("body").filter(pk=server_id)
    return locked_row(rows, _("This server does not exist."))


def _refuse_other_roles(by: User) -> None:
    by.require(Action.MANAGE_KEYS, _("Your role does not manage keys."))
