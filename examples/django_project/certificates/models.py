"""The tables: what has been issued, the counters, and the host's own certificates."""

from django.db import models


class Counter(models.Model):
    """The last sequence of one scope."""

    scope = models.CharField(max_length=10, primary_key=True)
    last = models.PositiveIntegerField()


class IssuedNumber(models.Model):
    """A number that has been given out, voided or not. Rows are never deleted."""

    # The 15 digits without the marker: they are what must be unique (一证一号).
    digits = models.CharField(max_length=15, primary_key=True)
    # Compared exactly; on MySQL and MariaDB the migration says so.
    request_key = models.CharField(max_length=200, unique=True, null=True)
    grassroots = models.BooleanField(default=False)
    voided = models.BooleanField(default=False)
    void_reason = models.CharField(max_length=1000, null=True)


class Certificate(models.Model):
    """The host's own record, saved in the transaction that numbers it."""

    holder = models.CharField(max_length=100)
    number = models.OneToOneField(IssuedNumber, on_delete=models.PROTECT)
