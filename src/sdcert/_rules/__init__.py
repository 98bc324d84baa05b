"""The parts of :mod:`sdcert.rules`: model, rule files, days in force, weighing; and the data."""

__all__ = ()
