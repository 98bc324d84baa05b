"""sdcert's AllocationStore on Django's ORM. It joins the transaction that the caller has begun."""

from django.db import IntegrityError, connection, transaction

from certificates.models import Counter, IssuedNumber
from sdcert.allocation import (
    Issued,
    NumberNotIssued,
    ScopeContended,
    State,
    TransactionRequired,
)
from sdcert.numbering import CertificateNumber
from sdcert.stores import reporting_lost_races


class DjangoStore:
    """Numbers in the tables of this app."""

    def read(self, scope, keys):
        counters = Counter.objects.filter(scope=str(scope))
        if connection.in_atomic_block:
            # Locked until the transaction ends: who comes second waits, and then reads the truth.
            counters = counters.select_for_update()
        with reporting_lost_races(scope):
            last = counters.values_list("last", flat=True).first()
            rows = list(IssuedNumber.objects.filter(request_key__in=list(keys)))
            if last is None:  # nothing was there to lock; what the keys told must not be newer
                last = counters.values_list("last", flat=True).first()
            return State(last, {row.request_key: _issued(row) for row in rows})

    def append(self, scope, expected, issued):
        self._check_transaction()
        last = max(expected or 0, issued[-1].number.sequence)
        try:
            # A savepoint: after False nothing is written, and the transaction can still be used.
            with reporting_lost_races(scope), transaction.atomic():
                if expected is None:
                    Counter.objects.create(scope=str(scope), last=last)
                elif not Counter.objects.filter(scope=str(scope), last=expected).update(last=last):
                    return self._refused(scope, expected, issued)
                IssuedNumber.objects.bulk_create(
                    [
                        IssuedNumber(
                            digits=one.number.digits,
                            request_key=one.key,
                            grassroots=one.number.grassroots,
                            voided=one.voided,
                        )
                        for one in issued
                    ]
                )
        except IntegrityError:
            return self._refused(scope, expected, issued)
        return True

    def _refused(self, scope, expected, issued):
        """Answer False if a read shows why; a snapshot may be older than what was written since."""
        found = self.read(scope, [one.key for one in issued if one.key is not None])
        if found.last == expected and not found.issued:
            raise ScopeContended(scope)
        return False

    def void(self, number, reason):
        self._check_transaction()
        row = IssuedNumber.objects.filter(digits=number.digits).first()
        if row is None or row.grassroots is not number.grassroots:
            raise NumberNotIssued(number, None if row is None else _issued(row).number)
        # The first reason stays; a number that was adopted as voided has none yet.
        unsaid = IssuedNumber.objects.filter(digits=number.digits, void_reason=None)
        unsaid.update(voided=True, void_reason=reason)

    def numbers(self, scope):
        rows = IssuedNumber.objects.filter(digits__startswith=str(scope)).order_by("digits")
        return map(_issued, rows)

    def _check_transaction(self):
        if not connection.in_atomic_block:
            raise TransactionRequired(type(self).__name__)


def _issued(row):
    marker = "（基层）" if row.grassroots else ""
    number = CertificateNumber.parse(f"鲁{row.digits}{marker}")
    return Issued(row.request_key, number, row.voided)
