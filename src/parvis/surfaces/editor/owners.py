"""Who publishes an answer: those who publish for the department that it belongs to."""

from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from wagtail.permission_policies import ModelPermissionPolicy

from parvis.apps.content.models import Answer
from parvis.apps.directory.queries import may_on
from parvis.apps.directory.rules.permissions import Action
from parvis.surfaces.editor.account import editor_of


class OwnersPolicy(ModelPermissionPolicy):
    """Wagtail's permissions on answers, where publishing is of those who publish for a department."""

    def __init__(self, model: type[Answer], owner_id: int | None) -> None:
        super().__init__(model)
        self.owner_id = owner_id

    def user_has_permission(self, user: Any, action: str) -> bool:
        """As Wagtail; to publish, also over the department of the answer. A new one has no department yet."""
        allowed: bool = super().user_has_permission(user, action)
        if action != "publish" or self.owner_id is None:
            return allowed
        return allowed and may_on(user, Action.PUBLISH_ANSWER, self.owner_id)


class OwnersPublish:
    """Publishes an answer only for who may publish those of its department (`directory.queries.may_on`), in every way:
    at once, by the review, and when it is withdrawn. A draft is anyone's who writes answers, and moves it to another
    department only for who publishes there too.
    """

    request: HttpRequest
    object: Answer | None
    kept_owner: int | None = None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        pk = unquote(str(kwargs.get("pk", args[0] if args else "")))
        rows = Answer.objects.filter(pk=pk) if pk.isdecimal() else Answer.objects.none()
        self.kept_owner = rows.values_list("owner_id", flat=True).first()
        self.permission_policy = OwnersPolicy(Answer, self.kept_owner)
        super().setup(request, *args, **kwargs)  # type: ignore[misc]

    def workflow_action_is_valid(self) -> bool:
        """Whether the review may be decided by this user."""
        valid: bool = super().workflow_action_is_valid()  # type: ignore[misc]
        return valid and self._may_publish()

    def publish_action(self) -> Any:
        """Publishes what was just saved, under its new owner. Raises PermissionDenied; the draft is kept."""
        if not self._may_publish():
            raise PermissionDenied
        return super().publish_action()  # type: ignore[misc]

    def _may_publish(self) -> bool:
        owners = {self.kept_owner, self.object.owner_id if self.object is not None else None} - {None}
        return all(may_on(editor_of(self.request), Action.PUBLISH_ANSWER, owner) for owner in owners)
