"""Numbering certificates: the transaction is begun, retried and ended here, by its owner."""

from django.db import transaction

from certificates.models import Certificate
from certificates.store import DjangoStore
from sdcert.allocation import Request, allocate, retrying


def certify(holders, scope):
    """Save a numbered certificate for each holder; all of them, or none.

    Args:
        holders: Mapping of request key to the holder's name. The key names the certificate, so a
            second call with the same key finds it and makes no other.
        scope: The scope of the numbers.
    """
    requests = [Request(key, scope) for key in holders]
    for attempt in retrying():
        with attempt, transaction.atomic(durable=True):
            answers = allocate(DjangoStore(), requests)
            for issued in answers:
                Certificate.objects.get_or_create(
                    number_id=issued.number.digits, defaults={"holder": holders[issued.key]}
                )
    return answers
