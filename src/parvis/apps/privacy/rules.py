"""What of the product collects personal information: its public forms, and who outside receives some. Pure.

What the town says of each is its own: `privacy.yaml`.
"""

FORMS: dict[str, tuple[str, ...]] = {
    "requests": (
        *("request", "request_before", "request_step", "request_photos", "request_deliver", "report", "report_before"),
        *("report_step", "report_photos", "report_deliver", "request_known", "request_followed", "map_me_too", "share"),
        *("embedded_report", "embedded_request"),
    ),
    "follow": ("track", "say", "correct", "keep", "means", "means_code", "means_device", "ask_told"),
    "account": (
        *("file", "mine", "account", "account_code", "account_address", "account_remove", "account_close"),
        *("own_data", "leisure_enter", "leisure_enter_for"),
    ),
    "household": (
        *("household", "household_add", "household_member", "household_move", "household_invite", "household_join"),
        *("household_remove", "household_restore", "file_address"),
    ),
    "health": ("household_health", "household_consents", "household_emergency"),
    "leisure": (
        *("leisure_group", "cart", "cart_pay", "cart_put_back", "offer", "registrations", "registration_cancel"),
        *("registration_pay", "line", "noted", "noted_change", "noted_hold"),
    ),
    "newsletter": (
        *("subscribe", "subscription_link", "subscription", "subscription_confirm", "subscription_add"),
        *("subscription_remove", "subscription_leave", "unsubscribe"),
    ),
    "notices": ("notices", "device", "device_requests"),
    "panels": ("panel_request",),
    "waiting": ("door",),
}
"""The public forms, and the names of the addresses that show or receive each."""

PROCESSORS: dict[str, str] = {
    "mail": "PARVIS_SMTP_URL",
    "payments": "PARVIS_STRIPE_URL",
    "texts": "PARVIS_TEXTS_URL",
    "voice": "PARVIS_VOICE_URL",
    "push": "PARVIS_PUSH_SERVICES",
    "facebook": "PARVIS_FACEBOOK_APP",
    "map": "PARVIS_MAP_TILES",
}
"""Who outside the town may receive personal information, and the setting that turns each on."""

FORM_OF: dict[str, str] = {name: slug for slug, names in FORMS.items() for name in names}
"""The form of the name of an address."""
