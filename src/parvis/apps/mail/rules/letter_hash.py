"""The salted hash of a letter that left, which the signed heads cover. Pure."""

import hashlib
import json


def hash_letter(salt: str, *, message_id: str, to: str, subject: str, text: str, html: str) -> str:
    """Hex SHA-256 of what was sent and to whom; once the salt is erased with the words, nobody can guess them."""
    content = json.dumps([salt, message_id, to, subject, text, html], ensure_ascii=False)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
