"""What an error of a network means, and what to do, in words."""

from django.utils.translation import gettext_lazy

_REASONS = {
    "190": gettext_lazy("The network refuses the token of this account: connect it again."),
    "190/458": gettext_lazy("The application was removed from the page: connect it again."),
    "190/459": gettext_lazy("The person who connected it must sign in to Facebook, then connect it again."),
    "190/460": gettext_lazy("The password of the person who connected it changed: connect it again."),
    "190/463": gettext_lazy("The token expired: connect it again."),
    "190/464": gettext_lazy("The person who connected it must sign in to Facebook, then connect it again."),
    "190/467": gettext_lazy("The token is no longer valid: connect it again."),
    "200": gettext_lazy("The page was not ticked when the account was connected: connect it again and tick it."),
    "10": gettext_lazy("The application lacks a permission on this page."),
    "368": gettext_lazy("Facebook asks to wait before publishing again. Parvis tries again by itself."),
    "wait": gettext_lazy("The network asks to wait. Parvis tries again by itself."),
    "window": gettext_lazy("Facebook accepts no answer more than 7 days after the last message: use another channel."),
    "silent": gettext_lazy("The network does not answer. Parvis tries again by itself."),
    "doubt": gettext_lazy("The network did not say whether it took it. Parvis looks for it before trying again."),
    "version": gettext_lazy("Facebook answers with another version of its interface than the one in the settings."),
}


def explain(code: str) -> str:
    """What an error means and what to do; "" for one that only the network's own words explain.

    `code` is a number of the Graph API, "190/463" with its subcode, or a word of ours.
    """
    reason = _REASONS.get(code) or _REASONS.get(code.partition("/")[0])
    return str(reason) if reason else ""
