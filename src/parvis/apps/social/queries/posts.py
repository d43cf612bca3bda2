"""The posts and their states."""

from collections.abc import Iterable

from parvis.apps.social.models import Post


def posts(keys: Iterable[str]) -> dict[str, Post]:
    """The posts of these keys, with their accounts, by key. One query."""
    return {post.key: post for post in Post.objects.filter(key__in=set(keys)).select_related("account")}


def latest(limit: int = 50) -> list[Post]:
    """The latest posts for all, newest first, with their accounts. One query."""
    return list(Post.objects.filter(answers=None).select_related("account", "image").order_by("-queued_at")[:limit])


def post_of(post_id: int) -> Post | None:
    """A post or an answer, with its account; None when there is none."""
    return Post.objects.select_related("account").filter(pk=post_id).first()
