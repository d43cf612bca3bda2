"""Agents who turn calls into cases over HTTP, and whose browser sends again what was not answered."""

import http.client
import re
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlencode

BETWEEN = 2.0  # seconds between two calls of an agent while the lines are quiet
PATIENCE = 60.0  # seconds during which a browser tries again
FOUND, SENT_ELSEWHERE = 200, 302


class Unanswered(Exception):
    """The house gave an answer that no agent should see, or none at all."""


@dataclass
class Browser:
    """A session: cookies, one address, the same form again until it is answered."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    tries: int = 0

    def get(self, path: str) -> tuple[int, str]:
        """(status, where it leads) of a page."""
        return self._until_answered("GET", path, "")

    def post(self, path: str, values: dict[str, str]) -> tuple[int, str]:
        """(status, where it leads) of a form."""
        token = {"csrfmiddlewaretoken": self.cookies.get("csrftoken", "")}
        return self._until_answered("POST", path, urlencode({**token, **values}))

    def sign_in(self, username: str) -> None:
        """Chooses a sample account on the sign-in page."""
        self.get("/staff/login/")
        status, where = self.post(f"/staff/login/{username}/", {})
        if status != SENT_ELSEWHERE:
            raise Unanswered(f"{username} was not let in: {status} {where}")

    def _until_answered(self, method: str, path: str, body: str) -> tuple[int, str]:
        until = time.monotonic() + PATIENCE
        while True:
            self.tries += 1
            try:
                return self._once(method, path, body)
            except (OSError, http.client.HTTPException) as error:
                if time.monotonic() > until:
                    raise Unanswered(f"{method} {path}: {error!r}") from error
                time.sleep(0.05)

    def _once(self, method: str, path: str, body: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.connect()
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
            if body:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, path, body.encode(), headers)
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, answer.headers.get("Location", "")


@dataclass
class Tally:
    """What the callers know for certain: key of each submission to the number of the case that answered it."""

    acknowledged: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    lines_busy: threading.Event = field(default_factory=threading.Event)  # the phones ring one call after the other

    def __post_init__(self) -> None:
        self.lines_busy.set()

    def keep(self, key: str, case: int) -> None:
        """An answer was read; a second one for the same key must name the same case."""
        with self.lock:
            if self.acknowledged.setdefault(key, case) != case:
                self.problems.append(f"{key} made the cases {self.acknowledged[key]} and {case}")


def is_anonymous(number: int) -> bool:
    """One call in ten gives no name, and is sent by a double click."""
    return number % 10 == 0


def is_sent_again(number: int) -> bool:
    """One call in seven is sent a second time after it was answered, as by the Back key."""
    return number % 7 == 0


def email_of(number: int) -> str:
    """The address of the person of that call."""
    return f"personne{number}@exemple.test"


SUBJECT = {"subject": "nid-de-poule", "ask-grandeur": "grand", "ask-danger": "yes"}


def form_of(number: int) -> dict[str, str]:
    """The form "Open a request" as the agent filled it in."""
    person = {"who": "nobody"}
    if not is_anonymous(number):
        person = {"who": "new", "name": f"Personne {number}", "email": email_of(number)}
    typed = {"key": f"call-{number}", "language": "fr", "nature": "request", "audience": "resident"} | SUBJECT
    typed |= {"place": f"devant le {number}, chemin Bellevue", "words": f"Appel {number} : il y a un trou."} | person
    return {f"case-{name}": value for name, value in typed.items()}


def call(browser: Browser, number: int, tally: Tally) -> None:
    """One call: begun, turned into a case, finished."""
    status, where = browser.post("/desk/contacts/", {"key": f"begin-{number}"})
    if not (match := re.fullmatch(r"/desk/contacts/(\d+)/", where)):
        raise Unanswered(f"call {number} did not begin: {status} {where}")
    address, form = f"/desk/contacts/{match[1]}/case/", form_of(number)
    if is_anonymous(number):
        with ThreadPoolExecutor(2) as two_clicks:
            answers = list(two_clicks.map(lambda _rank: browser.post(address, form), range(2)))
    else:
        answers = [browser.post(address, form) for _ in range(2 if is_sent_again(number) else 1)]
    for status, where in answers:
        if status != SENT_ELSEWHERE or not (case := re.search(r"[?&]case=(\d+)", where)):
            raise Unanswered(f"call {number} was not turned into a case: {status} {where}")
        tally.keep(form["case-key"], int(case[1]))
    status, where = browser.post(f"/desk/contacts/{match[1]}/finish/", {})
    if status != SENT_ELSEWHERE:
        raise Unanswered(f"call {number} did not end: {status} {where}")


def agents(port: int, usernames: list[str], calls: int, tally: Tally) -> list[threading.Thread]:
    """The threads of these agents, begun; together they take the calls 1 to `calls`."""

    def work(rank: int, username: str) -> Callable[[], None]:
        def take() -> None:
            try:
                browser = Browser(port)
                browser.sign_in(username)
                for number in range(rank + 1, calls + 1, len(usernames)):
                    tally.lines_busy.wait(BETWEEN)
                    call(browser, number, tally)
            except Exception as error:
                tally.problems.append(f"{username}: {error!r}")

        return take

    threads = [threading.Thread(target=work(rank, username)) for rank, username in enumerate(usernames)]
    for thread in threads:
        thread.start()
    return threads
