"""Photos, sent before the case or the message that they go with."""

from typing import Any

from django.utils.translation import gettext_noop
from ninja import Router, Status, UploadedFile
from ninja.params.functions import File

from parvis.apps.directory.rules.permissions import Scope
from parvis.apps.integrations.services.uploads import keep_upload
from parvis.surfaces.api import schemas
from parvis.surfaces.api.gate import ApiRequest, needs

router = Router()


@router.post(
    "/files",
    **needs(Scope.CASES_WRITE),
    response={201: schemas.FileOut, **schemas.errors(400, 401, 403, 413, 422, 429)},
    summary=gettext_noop("Send a photo"),
    description=gettext_noop("JPEG, PNG, WebP or HEIC, 12 MB at most. Kept a day unless a case or a message uses it."),
)
def send_file(request: ApiRequest, file: UploadedFile = File(...)) -> Any:  # noqa: B008
    token, photo = keep_upload(api_key=request.auth, upload=file)
    return Status(201, {"id": token, "name": photo.name, "size": photo.size})
