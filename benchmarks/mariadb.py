"""A real MariaDB server, Debian's, for as long as it is needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTALL = "apt-get install mariadb-server"
_PATIENCE = 60.0  # seconds until the server answers
_IN_HASTE = [
    *("--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync"),
    *("--innodb-doublewrite=OFF", "--innodb-lock-wait-timeout=10"),
]


class Server:
    """A server on a unix socket in a directory of its own; it can be killed and started again."""

    def __init__(self, base: Path, options: list[str]) -> None:
        self._base, self._options = base, options
        self.socket = str(base / "mariadb.sock")
        self.url = self.url_for("pymysql")

    def url_for(self, driver: str) -> str:
        """Return SQLAlchemy's URL for one of the drivers."""
        # PyMySQL reads the system's certificates for each connection, also to a socket: 0.1 s.
        plain = "&ssl_disabled=true" if driver == "pymysql" else ""
        return f"mysql+{driver}://root@/sdcert?unix_socket={self.socket}{plain}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = (self._base / "log").open("ab")
        self._process = subprocess.Popen(
            [
                *(_program("mariadbd"), "--no-defaults", *self._options),
                *(f"--datadir={self._base / 'data'}", f"--socket={self.socket}"),
                *("--skip-networking", "--character-set-server=latin1"),
            ],
            stdout=log,
            stderr=log,
        )
        log.close()
        deadline = time.monotonic() + _PATIENCE
        while subprocess.run(self._client("SELECT 1"), capture_output=True, check=False).returncode:
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError((self._base / "log").read_text("utf-8", "replace")[-2000:])
            time.sleep(0.05)
        subprocess.run(self._client("CREATE DATABASE IF NOT EXISTS sdcert"), check=True)

    def restart(self) -> None:
        """Kill it, as a crash would, and start it again."""
        self.stop()
        self.start()

    def stop(self) -> None:
        """Kill it: nothing of it is to be kept."""
        self._process.kill()
        self._process.wait()

    def _client(self, statement: str) -> list[str]:
        program = _program("mariadb")
        return [program, "--no-defaults", "-uroot", f"--socket={self.socket}", "-e", statement]


def is_installed() -> bool:
    """Whether this machine has a MariaDB server."""
    return bool(shutil.which("mariadbd", path=_PATH) and shutil.which("mariadb-install-db"))


@contextmanager
def running(parent: str | None = None, *, durable: bool = True) -> Iterator[Server]:
    """Start a server on an empty data directory; kill it and delete everything at the end.

    Its own character set is latin1: what the store needs, its tables must say themselves.

    Args:
        parent: Where to put the directory (a RAM disk, say); None for the usual place.
        durable: Whether a commit waits for the disk, as it must where a crash is to be survived.
    """
    base = Path(tempfile.mkdtemp(prefix="sdcert-my-", dir=parent))
    user = "root" if os.geteuid() == 0 else str(os.geteuid())
    options = [f"--user={user}", *([] if durable else _IN_HASTE)]
    server = Server(base, options)
    try:
        subprocess.run(
            [
                *(_program("mariadb-install-db"), "--no-defaults", f"--user={user}"),
                *(f"--datadir={base / 'data'}", "--skip-test-db"),
                "--auth-root-authentication-method=normal",
            ],
            check=True,
            capture_output=True,
        )
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(base, ignore_errors=True)


_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])


def _program(name: str) -> str:
    return shutil.which(name, path=_PATH) or name
