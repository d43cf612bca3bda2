"""French by default, English by choice."""

from django.test import Client

from tests.factories import SmallTown


def test_an_english_browser_is_greeted_in_french_until_english_is_chosen(town: SmallTown, client: Client) -> None:
    first = client.get("/", headers={"accept-language": "en-US,en;q=0.9"})
    assert first.headers["Content-Language"] == "fr" and 'lang="fr-CA"' in first.content.decode()
    client.post("/langue/", {"language": "en", "next": "/"})
    then = client.get("/")
    assert then.headers["Content-Language"] == "en" and "Reach us" in then.content.decode()
