"""The mail server of the tests of `mail`, for letters that intake sends."""

from tests.mail.conftest import post

__all__ = ["post"]
