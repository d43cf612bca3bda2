"""A real IMAP server on the loopback interface, and a wire to it that can be cut."""

import getpass
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

PROGRAM = shutil.which("dovecot", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
PASSWORD = "marée basse, 14 h"
STARTS_WITHIN = 20.0  # seconds

CONFIGURATION = """
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
auth_allow_cleartext = yes
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
first_valid_gid = 1
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {folder}/home
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Dovecot:
    """One server, whose mailboxes are made when someone signs in."""

    def __init__(self) -> None:
        folder = Path(
            tempfile.mkdtemp(prefix="dovecot-")
        )  # pytest's folders are private, and the server is another user
        folder.chmod(0o755)
        self.folder, self.port = folder, free_port()
        self.process: subprocess.Popen[bytes] | None = None
        root = os.geteuid() == 0
        owner = pwd.getpwnam("dovecot" if root else getpass.getuser())
        for part in ("mail", "home", "state"):
            (folder / part).mkdir(parents=True)
            os.chown(folder / part, owner.pw_uid, owner.pw_gid)
        values = {
            "folder": folder,
            "port": self.port,
            "internal": owner.pw_name,
            "group": owner.pw_name,
            "login": "dovenull" if root else owner.pw_name,
            "uid": owner.pw_uid,
            "gid": owner.pw_gid,
            "password": f'"{PASSWORD}"',
        }
        (folder / "dovecot.conf").write_text(CONFIGURATION.format(**values))

    def start(self) -> None:
        assert PROGRAM
        self.process = subprocess.Popen([PROGRAM, "-F", "-c", str(self.folder / "dovecot.conf")])
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            try:
                self.client("probe").logout()
                return
            except (OSError, imaplib.IMAP4.error):
                time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self, user: str) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=10)
        client.authenticate("PLAIN", lambda _challenge: f"\0{user}\0{PASSWORD}".encode())
        return client

    def append(self, user: str, raw: bytes, *, at: datetime | None = None, folder: str = "INBOX") -> None:
        client = self.client(user)
        with suppress(imaplib.IMAP4.error):
            client.create(folder)
        status, words = client.append(folder, "", imaplib.Time2Internaldate(at) if at else "", raw)
        assert status == "OK", words
        client.logout()

    def seen(self, user: str) -> list[bool]:
        """Of each message in order, whether it is marked as seen."""
        client = self.client(user)
        selected = client.select("INBOX", readonly=True)
        assert selected[0] == "OK", selected
        _status, data = client.uid("FETCH", "1:*", "(FLAGS)")
        client.logout()
        return [b"\\Seen" in item for item in data if isinstance(item, bytes)]

    def renumber(self, user: str) -> None:
        """Gives the folder another UIDVALIDITY, as a restored or moved mailbox has."""
        self.stop()
        folder = self.folder / "mail" / user
        for file in folder.glob("dovecot*"):
            file.unlink()
        time.sleep(1.1)  # the new number is the second at which the list is made again
        self.start()


class Wire:
    """A port that leads to the server, until it is cut."""

    def __init__(self, port: int) -> None:
        self.target, self.cut_after, self.cut_at = port, -1, b""
        self.hold_at, self.held = b"", False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _address = self.listener.accept()
                with suppress(OSError):
                    server = socket.create_connection(("127.0.0.1", self.target))
                    for source, sink, sent in ((client, server, True), (server, client, False)):
                        threading.Thread(target=self._carry, args=(source, sink, sent), daemon=True).start()
                    continue
                client.close()

    def _carry(self, source: socket.socket, sink: socket.socket, sent: bool) -> None:
        """Copies one way; closes both at the words to cut at, or when enough was received; keeps those to hold at."""
        carried = 0
        with suppress(OSError):
            while data := source.recv(4096):
                if sent and self.cut_at and self.cut_at in data:
                    break
                if sent and self.hold_at and self.hold_at in data:
                    self.held = True
                    time.sleep(3600)
                if not sent and 0 <= self.cut_after < carried + len(data):
                    sink.sendall(data[: self.cut_after - carried])
                    break
                sink.sendall(data)
                carried += len(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
