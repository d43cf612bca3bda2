"""The commands that only ask. Importing this module prepares Django without what draws and serves screens, which takes
longer to import than a question to be answered; the settings are checked first, as for every command.
"""

import django
from django.apps import apps
from django.conf import settings

from parvis import settings as whole

SCREENS = {
    *(f"parvis.{app}" for app in ("importing", "public", "desk", "editor", "dev", "identity", "insight", "ui")),
    *("allauth", "allauth.account", "allauth.mfa"),
    *(f"wagtail.{app}" for app in ("snippets", "documents", "images", "users", "admin", "sites", "search")),
    *("whitenoise.runserver_nostatic", "django.contrib.staticfiles", "django.forms"),
}

if not settings.configured:
    every = {name: getattr(whole, name) for name in dir(whole) if name.isupper()}
    settings.configure(**every | {"INSTALLED_APPS": [app for app in whole.INSTALLED_APPS if app not in SCREENS]})
if not apps.ready:  # a second time would send the logs of the process elsewhere
    django.setup()

from parvis import questions  # noqa: E402
from parvis.lib.console import Command, said  # noqa: E402

COMMANDS: dict[str, Command] = {
    "ask": said(questions.ask),
    "compute": said(questions.compute),
    "evaluate-answers": said(questions.evaluate),
}
