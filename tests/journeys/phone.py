"""A phone of 360 px: a whole Chromium with a profile of its own, which survives being killed."""

import os
import shutil
import signal
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from tests.journeys.browser import FLAGS

NARROW: ViewportSize = {"width": 360, "height": 740}


def whole_chromium() -> str | None:
    """The path of Chromium: its headless shell knows neither notifications nor installation."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Phone:
    """A browser with a profile of its own, which survives being killed."""

    def __init__(self, browser: Browser, folder: Path, url: str) -> None:
        self.folder, self.url, self.launch = folder, url, browser.browser_type.launch_persistent_context
        self.context: BrowserContext | None = None

    def open(self) -> Page:
        """Starts it."""
        options: dict[str, Any] = {"locale": "fr-CA", "timezone_id": "America/Toronto", "reduced_motion": "reduce"}
        self.context = self.launch(
            str(self.folder),
            executable_path=whole_chromium(),
            args=FLAGS,
            viewport=NARROW,
            **options,
        )
        self.context.set_default_timeout(15_000)
        self.context.grant_permissions(["notifications"], origin=self.url)
        return self.context.pages[0]

    def kill(self) -> None:
        """Sends SIGKILL to its processes, as when a phone is short of memory."""
        for process in psutil.process_iter(["cmdline"]):
            if any(str(self.folder) in word for word in process.info["cmdline"] or ()):
                os.kill(process.pid, signal.SIGKILL)
        self.context = None

    def close(self) -> None:
        """Closes it, if it is open."""
        if self.context:
            self.context.close()
