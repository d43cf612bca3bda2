"""Giving the password again, as what protects the files of citizens asks for it."""

from django.test import Client

PASSWORD = "le mot de passe"


def confirm(client: Client) -> Client:
    """The client, whose user has just given the password of `factories.make_user` again."""
    assert client.post("/staff/reauthenticate/", {"password": PASSWORD}).status_code == 302
    return client
