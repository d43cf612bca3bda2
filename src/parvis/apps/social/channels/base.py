"""What a network does, and what it tells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from parvis.apps.social.models import Message, Post


@dataclass(frozen=True)
class Published:
    """Something that stands on a network: its identifier there, its address when known."""

    external_id: str
    url: str = ""


@dataclass(frozen=True)
class Health:
    """What a network says of a token that it accepts; `error` is what is wrong all the same, `code` its reason."""

    error: str = ""
    code: str = ""
    expires_at: datetime | None = None
    served_version: str = ""


@dataclass(frozen=True)
class Said:
    """One event of a webhook.

    `verb` is "add" for something said, "edit" or "remove" for what its author did with it since, "hide" or "show" for
    what the town did with it there.
    """

    page_id: str
    kind: str
    external_id: str
    at: datetime
    verb: str = "add"
    thread: str = ""
    parent: str = ""
    author_id: str = ""
    author_name: str = ""
    text: str = ""
    files: int = 0
    url: str = ""
    ours: bool = False


class Network(Protocol):
    """An account on a network. Every method may raise what `lib.transport` and `failures` hold."""

    def publish(self, post: Post) -> Published:
        """Publishes a post, or the town's answer to `post.answers`."""
        ...

    def find(self, post: Post, *, since: datetime) -> Sequence[Published]:
        """What stands there with the words last handed over for this post, published since a moment."""
        ...

    def edit(self, post: Post) -> None:
        """Changes what was published to the words of the post."""
        ...

    def delete(self, post: Post) -> None:
        """Removes what was published; raises Gone when it is no longer there."""
        ...

    def hide(self, message: Message, *, hidden: bool) -> None:
        """Hides a comment from the public, or shows it again."""
        ...

    def name_of(self, author_id: str) -> str:
        """The name of someone who wrote in private; "" when the network does not tell."""
        ...

    def check(self) -> Health:
        """Whether the network accepts the token, and what the token may do."""
        ...
