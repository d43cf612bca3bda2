"""What is pushed to a device is encrypted for it alone, as the standard says."""

from base64 import urlsafe_b64decode

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from parvis.apps.push.channels.sealing import LARGEST_RECORD, Sealer, encrypt
from tests.push.browser import Subscription


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_example_of_the_standard_is_encrypted_as_it_says() -> None:
    """RFC 8291, 5."""
    one_time = ec.derive_private_key(int.from_bytes(raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), ec.SECP256R1())
    receiver = raw("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")
    auth, salt = raw("BTBZMqHH6r4Tts7J_aSIgg"), raw("DGv6ra1nlYgDCS1FRnbzlw")
    body = encrypt(b"When I grow up, I want to be a watermelon", receiver, auth, one_time, salt)
    assert body == raw(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A"
        "_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


@pytest.mark.parametrize("words", ["", "Rue barrée", "é" * 2000])
def test_another_implementation_reads_it(words: str) -> None:
    device = Subscription()
    body = Sealer.body(words.encode(), device.keys["p256dh"], device.keys["auth"])
    clear = http_ece.decrypt(body, private_key=device.private, auth_secret=device.auth, version="aes128gcm")
    assert clear.decode() == words


def test_what_does_not_fit_in_one_record_and_keys_that_are_none_are_refused() -> None:
    keys = Subscription().keys
    with pytest.raises(ValueError, match="do not fit"):
        Sealer.body(b"x" * LARGEST_RECORD, keys["p256dh"], keys["auth"])
    for point in ("", "AAAA", keys["p256dh"][:-4] + "AAAA"):
        with pytest.raises(ValueError):  # noqa: PT011
            Sealer.body(b"x", point, keys["auth"])
