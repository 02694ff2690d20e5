"""A real Dovecot in a folder of its own, as whoever runs the tests; no service of the system."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path

import pytest

__all__ = ("PASSWORD", "Dovecot", "dovecot", "free_port")

PASSWORD = "secret-of-the-test"
BINARIES = ("/usr/sbin/dovecot", "/usr/local/sbin/dovecot")
DEADLINE_S = 30.0

CONFIG = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
first_valid_gid = 1
mail_fsync = never
mailbox_idle_check_interval = 1s
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
service stats {{
  chroot =
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
"""


class Dovecot:
    """A running server; every user has the same password, and a mailbox when it is first used."""

    def __init__(self, port: int) -> None:
        self.port = port

    def client(self, user: str) -> imaplib.IMAP4:
        """Somebody who looks into a mailbox."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=30)
        client.login(user, PASSWORD)
        client.select("INBOX")
        return client

    def deliver(self, user: str, message: EmailMessage) -> None:
        """Put a mail into a mailbox."""
        with self.client(user) as client:
            status, told = client.append("INBOX", "", "", message.as_bytes())
            assert status == "OK", told

    def search(self, user: str, criteria: str) -> list[str]:
        """The numbers of mails that fit."""
        with self.client(user) as client:
            _, found = client.search(None, criteria)
            return str(found[0], "ascii").split()


@contextmanager
def dovecot() -> Iterator[Dovecot]:
    """A server until the end of the block; skips the test where there is none, but never in CI."""
    binary = next((each for each in BINARIES if Path(each).exists()), shutil.which("dovecot"))
    if binary is None:
        message = "dovecot is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    folder = Path(tempfile.mkdtemp(prefix="oq-dovecot-"))
    user = _user()
    port = free_port()
    config = folder / "dovecot.conf"
    names = {"folder": folder, "port": port, "user": user.pw_name, "password": PASSWORD}
    config.write_text(CONFIG.format(group=grp.getgrgid(user.pw_gid).gr_name, **names))
    (folder / "mail").mkdir()
    if os.geteuid() == 0:
        folder.chmod(0o755)
        os.chown(folder / "mail", user.pw_uid, user.pw_gid)
    process = subprocess.Popen([binary, "-F", "-c", str(config)], stdin=subprocess.DEVNULL)
    try:
        _until_it_answers(port, process, folder / "dovecot.log")
        yield Dovecot(port)
    finally:
        process.terminate()
        process.wait(DEADLINE_S)
        shutil.rmtree(folder, ignore_errors=True)


def _user() -> pwd.struct_passwd:
    """Whoever runs the tests; for root, whom mailboxes must not belong to, somebody else."""
    if os.geteuid():
        return pwd.getpwuid(os.geteuid())
    return pwd.getpwnam("dovecot")


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


def _until_it_answers(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while True:
        with suppress(OSError, imaplib.IMAP4.error):
            imaplib.IMAP4("127.0.0.1", port, timeout=5).shutdown()
            return
        told = log.read_text() if log.exists() else ""
        assert process.poll() is None, told
        assert time.monotonic() < deadline, told
        time.sleep(0.02)
