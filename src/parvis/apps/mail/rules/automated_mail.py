"""Tells messages of machines from those of people: automatic answers, lists, delivery reports."""

import re
from dataclasses import dataclass

from parvis.apps.mail.rules import headers
from parvis.apps.mail.rules.parsing import Message

LONGEST_REPORT = 100_000  # characters
_MACHINES = re.compile(r"^(?:mailer-daemon|postmaster|no-?reply|ne-?pas-?repondre|do-?not-?reply|bounces?)\b", re.I)
_AWAY = re.compile(
    r"^\s*(?:auto(?:matic)?[ -]?(?:reply|response)|réponse automatique|out of (?:the )?office|absen(?:t|ce) du bureau)",
    re.IGNORECASE,
)
_STATUS = re.compile(r"^[ \t]*Status:[ \t]*([245])\.(\d{1,3})\.(\d{1,3})", re.IGNORECASE | re.MULTILINE)
_DIAGNOSIS = re.compile(r"^[ \t]*Diagnostic-Code:[ \t]*([^\n]+)", re.IGNORECASE | re.MULTILINE)
_RECIPIENT = re.compile(
    r"^[ \t]*(?:Final|Original)-Recipient:[ \t]*(?:rfc822|utf-8)?;?[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE
)
_CODE = re.compile(r"(?:^|[\s;:(<])([45])[0-5]\d[ -](?!\d\d)", re.MULTILINE)  # of a mail server, not of a phone
_REPLY = re.compile(r"(?:^|[\s;:(<])([45])[0-5]\d[ -]\1\.\d{1,3}\.\d{1,3}(?!\.?\d)", re.MULTILINE)
_ENHANCED = re.compile(r"(?<![\d.])([45])\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_NO_SUCH_ADDRESS = re.compile(
    r"(?:user|recipient|mailbox|address|account)\s+(?:is\s+)?(?:unknown|not found|unavailable|disabled|rejected)"
    r"|(?:unknown|no such|invalid)\s+(?:user|recipient|mailbox|address)|(?:does not|doesn['’]t) exist"
    r"|(?:adresse|destinataire|utilisateur|boîte)[^\n]{0,60}(?:inconnue?|introuvable|inexistante?|n['’]existe pas)",
    re.IGNORECASE,
)
_NOT_DELIVERED = re.compile(
    r"undeliver|not (?:be )?delivered|delivery (?:has )?(?:failed|failure|delayed)|returned mail|mail delivery"
    r"|mailbox (?:is )?full|over quota|quota exceeded"
    r"|non (?:remis|distribué|livré)|échec de (?:la )?(?:remise|livraison|distribution)|boîte pleine",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Bounce:
    """A delivery report: `permanent` when a later attempt is useless (RFC 3463, class 5)."""

    permanent: bool
    message_ids: tuple[str, ...]
    recipient: str
    reason: str


def automatic(message: Message) -> str:
    """Why no automatic answer goes to this message (RFC 3834): one word of machines, "" for a person's message."""
    submitted = message.header("auto-submitted").lower()
    if submitted and not submitted.startswith("no"):
        return "auto-submitted"
    if message.header("return-path").replace(" ", "") == "<>":
        return "null-sender"
    if "list-id" in message.headers or "list-unsubscribe" in message.headers:
        return "list"
    if message.header("precedence").lower() in ("bulk", "list", "junk", "auto_reply"):
        return "precedence"
    if "x-auto-response-suppress" in message.headers:
        return "suppressed"
    if any(
        name in message.headers for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply-from")
    ):
        return "autoreply"
    if _MACHINES.match(message.from_address):
        return "machine"
    return "away" if _AWAY.match(message.subject) else ""


def bounce(message: Message) -> Bounce | None:
    """The delivery failure that this message reports (RFC 3464, or as servers word it), None for any other message."""
    kind = message.header("content-type").lower()
    report = "\n".join(text for _kind, text in message.parts)[:LONGEST_REPORT]
    status = _STATUS.search(report)
    formal = "report-type=delivery-status" in kind.replace('"', "") or (status and "delivery-status" in kind)
    informal = (
        bool(re.match(r"mailer-daemon@|postmaster@", message.from_address)) and "x-failed-recipients" in message.headers
    )
    if not (formal or informal) or (status and status[1] == "2"):
        return None
    diagnosis = _DIAGNOSIS.search(report)
    where = diagnosis[1] if diagnosis else message.text[:LONGEST_REPORT]
    code = _ENHANCED.search(where) or _CODE.search(where)
    permanent = (status[1] if status else code[1] if code else "5") == "5"
    recipient = _RECIPIENT.search(report)
    embedded = "\n".join(
        headers.text_of(file.data[:20_000]) for file in message.files if file.content_type == "message/rfc822"
    )
    found = re.findall(r"^message-id:\s*(<[^<>\s]+>)", f"{report}\n{embedded}", re.IGNORECASE | re.MULTILINE)
    return Bounce(
        permanent=permanent,
        message_ids=tuple(dict.fromkeys([*found, *message.in_reply_to, *message.references])),
        recipient=(recipient[1] if recipient else message.header("x-failed-recipients")).strip("<>").lower(),
        reason=" ".join((diagnosis[1] if diagnosis else status[0] if status else message.subject).split())[:300],
    )


def complaint(message: Message) -> tuple[str, ...] | None:
    """The identifiers of the letter that its reader marked as unwanted, when this is such a report (ARF, RFC 5965).

    None for any other message, and for a report that is not of abuse.
    """
    report = next((text for kind, text in message.parts if kind == "message/feedback-report"), "")
    if not re.search(r"^feedback-type:\s*(?:abuse|opt-out|opt-out-list)\b", report, re.IGNORECASE | re.MULTILINE):
        return None
    return returned_ids(message)


def returned_ids(message: Message) -> tuple[str, ...]:
    """The Message-IDs in what a report returns of a letter: its headers, or the whole of it."""
    returned = [text for _kind, text in message.parts]
    returned += [headers.text_of(file.data[:20_000]) for file in message.files if file.content_type == "message/rfc822"]
    found = re.findall(r"^message-id:\s*(<[^<>\s]+>)", "\n".join(returned), re.IGNORECASE | re.MULTILINE)
    return tuple(dict.fromkeys(found))


def bounce_in_words(message: Message) -> Bounce | None:
    """The delivery failure that a message to the address for reports of a letter tells in words of its own.

    Permanent when it holds a code of class 5 or says that the address does not exist, otherwise for now. None when
    someone wrote it, and for an automatic answer that reports no failure: those go to that address too (RFC 3834, 4).
    """
    words = f"{message.subject}\n{message.text[:20_000]}"
    mailer = bool(re.match(r"mailer-daemon@|postmaster@", message.from_address)) or not message.from_address
    unknown = _NO_SUCH_ADDRESS.search(words)
    told = bool(unknown or _NOT_DELIVERED.search(words) or _REPLY.search(words))
    code = _ENHANCED.search(words) or (_CODE.search(words) if mailer else None)
    if not mailer and not (told and automatic(message)):
        return None
    at = (code or unknown or re.match("", words)).start()  # type: ignore[union-attr]
    line = words[words.rfind("\n", 0, at) + 1 :].partition("\n")[0] or message.subject
    return Bounce(
        permanent=code[1] == "5" if code else unknown is not None,
        message_ids=(),
        recipient="",
        reason=" ".join(line.split())[:300],
    )
