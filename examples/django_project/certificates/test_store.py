"""The store, held to sdcert's laws, and the service on top of it."""

import os
from contextlib import contextmanager

import django
import pytest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections, transaction  # noqa: E402

from certificates.models import Certificate  # noqa: E402
from certificates.services import certify  # noqa: E402
from certificates.store import DjangoStore  # noqa: E402
from sdcert.allocation import Issued  # noqa: E402
from sdcert.numbering import CertificateNumber, NumberScope  # noqa: E402
from sdcert.testing.allocation import AllocationStoreTests  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def database():
    call_command("migrate", verbosity=0)
    connections.close_all()  # the kit forks: no connection may be inherited
    yield
    connections.close_all()


class TestDjangoStore(AllocationStoreTests):
    examples = 3

    @contextmanager
    def transaction(self):
        # A connection belongs to a thread: the kit's threads must let go of theirs.
        try:
            with transaction.atomic(durable=True):
                yield DjangoStore()
        finally:
            connection.close()

    def behind(self, scope):
        query = (
            "SELECT request_key, digits, grassroots, voided FROM certificates_issuednumber "
            "WHERE digits LIKE %s ORDER BY digits"
        )
        with connection.cursor() as cursor:
            cursor.execute(query, [f"{scope}%"])
            rows = cursor.fetchall()
        connection.close()
        return [
            Issued(
                key,
                CertificateNumber.parse(f"鲁{digits}{'（基层）' if grassroots else ''}"),
                bool(voided),
            )
            for key, digits, grassroots, voided in rows
        ]

    def reason(self, number):
        query = "SELECT void_reason FROM certificates_issuednumber WHERE digits = %s"
        with connection.cursor() as cursor:
            cursor.execute(query, [number.digits])
            [found] = cursor.fetchone()
        connection.close()
        return found


def test_there_is_no_migration_to_make():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_a_certificate_is_saved_with_its_number_once():
    scope = NumberScope(2018, "90020", "912")
    for _ in range(2):
        answers = certify({"teacher-1": "甲", "teacher-2": "乙"}, scope)
    assert [issued.number.sequence for issued in answers] == [1, 2]
    assert sorted(Certificate.objects.values_list("holder", "number_id")) == [
        ("乙", "189002091200002"),
        ("甲", "189002091200001"),
    ]
