"""Firefox, driven by WebDriver BiDi: it subscribes to notices for real, at a push service of this machine."""

import asyncio
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from tests.journeys.service import free_port

T = TypeVar("T")
PREFERENCES = {
    "remote.prefs.recommended": False,  # they turn the push connection off
    "dom.push.connection.enabled": True,
    "dom.push.testing.allowInsecureServerURL": True,
    "alerts.useSystemBackend": False,
    "permissions.default.desktop-notification": 1,
    "dom.disable_open_during_load": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "intl.accept_languages": "fr-CA",
}


def firefox() -> str | None:
    """The path of Firefox, if it is installed."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """A session. Its loop runs in a thread of its own: Playwright's runs in that of the tests."""

    def __init__(self, port: int) -> None:
        self.port, self.ids, self.answers = port, 0, dict[int, asyncio.Future[dict[str, Any]]]()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.run(self._connect())
        self.send("session.new", capabilities={})
        self.context = self.send("browsingContext.getTree")["contexts"][0]["context"]

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine, within 40 seconds."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(40)

    async def _connect(self) -> None:
        self.client, deadline = aiohttp.ClientSession(), time.monotonic() + 40
        while True:
            try:
                self.socket = await self.client.ws_connect(f"ws://127.0.0.1:{self.port}/session", max_msg_size=0)
                break
            except aiohttp.ClientError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.2)
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for frame in self.socket:
            said = json.loads(frame.data)
            if future := self.answers.pop(said.get("id") or 0, None):
                future.set_result(said)

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of a command; AssertionError for an error."""
        return self.run(self._send(method, params))

    async def _send(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self.ids += 1
        self.answers[self.ids] = asyncio.get_running_loop().create_future()
        waiting = self.answers[self.ids]
        await self.socket.send_json({"id": self.ids, "method": method, "params": params})
        said = await waiting
        assert said["type"] == "success", f"{method}: {said.get('error')}: {said.get('message')}"
        result: dict[str, Any] = said["result"]
        return result

    def open(self, url: str) -> None:
        """Opens a page."""
        self.send("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def evaluate(self, script: str, context: str = "") -> Any:
        """The value of a script in the page, as after a tap; promises are awaited."""
        done = self.send(
            "script.evaluate",
            expression=f"Promise.resolve({script}).then(JSON.stringify)",
            target={"context": context or self.context},
            awaitPromise=True,
            userActivation=True,
        )
        assert done["type"] == "success", done.get("exceptionDetails", {}).get("text")
        value = done["result"].get("value")
        return json.loads(value) if isinstance(value, str) else None

    def urls(self) -> list[str]:
        """The addresses of the open tabs."""
        return [one["url"] for one in self.send("browsingContext.getTree")["contexts"]]

    def tap_notification(self) -> None:
        """Taps the notice that the browser shows."""
        windows = self.send("browsingContext.getTree", **{"moz:scope": "chrome"})["contexts"]
        alert = next(one["context"] for one in windows if "alert.xhtml" in one["url"])
        self.send(
            "script.evaluate",
            expression="void onAlertClick()",
            target={"context": alert},
            awaitPromise=False,
        )


@contextmanager
def running(profile: Path, push_port: int) -> Iterator[Firefox]:
    """Firefox with a new profile, whose push service is the one of that port."""
    profile.mkdir(parents=True)
    preferences = PREFERENCES | {"dom.push.serverURL": f"ws://127.0.0.1:{push_port}/"}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()]
    (profile / "user.js").write_text("\n".join(lines))
    port = free_port()
    command = [str(firefox()), "--headless", "--no-remote", "--profile", str(profile), "--remote-allow-system-access"]
    log = (profile / "log").open("wb")
    process = subprocess.Popen([*command, f"--remote-debugging-port={port}", "about:blank"], stdout=log, stderr=log)
    try:
        browser = Firefox(port)
        yield browser
        browser.run(browser.client.close())
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
