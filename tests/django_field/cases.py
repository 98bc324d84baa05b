# ruff: noqa: E402, PT009, PT027  # settings come first; unittest runs this
"""What the field of the Django example holds to. Run as a script: settings belong to a process."""

import importlib.util
import sys
import unittest
from pathlib import Path

import django
from django.conf import settings

FIELDS = Path(__file__).parents[2] / "examples" / "django_project" / "certificates" / "fields.py"

settings.configure(
    INSTALLED_APPS=[],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    USE_I18N=True,
)
django.setup()

from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.writer import MigrationWriter
from django.forms import modelform_factory
from django.utils.translation import override

from sdcert import CertificateNumber, InvalidNumber, check
from sdcert.patterns import pattern
from sdcert.testing import samples

spec = importlib.util.spec_from_file_location("example_fields", FIELDS)
assert spec is not None
assert spec.loader is not None
fields = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = fields
spec.loader.exec_module(fields)


class Notice(models.Model):
    number = fields.CertificateNumberField(unique=True)
    other = fields.CertificateNumberField(null=True, blank=True)

    class Meta:
        app_label = "example"
        constraints = [  # noqa: RUF012
            models.CheckConstraint(
                condition=models.Q(number__regex=pattern("python")), name="number_canonical"
            )
        ]


with connection.schema_editor() as editor:
    editor.create_model(Notice)

NoticeForm = modelform_factory(Notice, fields=["number", "other"])
NUMBER = CertificateNumber(2018, "14020", "012", 1)


class Case(unittest.TestCase):
    def setUp(self):
        atomic = transaction.atomic()
        atomic.__enter__()
        self.addCleanup(atomic.__exit__, None, None, None)
        self.addCleanup(transaction.set_rollback, True)

    def test_a_form_gives_numbers(self):
        form = NoticeForm({"number": " 鲁 18 14020 012 ００００１\n", "other": " "})
        self.assertTrue(form.is_valid(), form.errors)
        notice = form.save()
        notice.refresh_from_db()
        self.assertEqual((notice.number, notice.other), (NUMBER, None))

    def test_a_form_says_what_is_wrong_in_the_users_language(self):
        text = "魯18140200120000"
        found = check(text).findings
        for language, lang in (("zh-hans", "zh"), ("en-gb", "en"), ("de", "en"), (None, "en")):
            with override(language):
                form = NoticeForm({"number": text})
                said = form.errors.as_data()["number"]
                self.assertEqual(form.errors["number"], [one.message(lang) for one in found])
                self.assertEqual([e.code for e in said], ["sdcert.prefix", "sdcert.length"])

    def test_a_form_asks_for_what_is_required(self):
        self.assertEqual(
            NoticeForm({"number": "\u3000"}).errors.as_data()["number"][0].code, "required"
        )

    def test_a_form_refuses_hostile_text(self):
        for text in ("\0", f"{NUMBER}\0", "x" * 100_000, "\ud800", "<script>"):
            (errors,) = NoticeForm({"number": text}).errors.values()
            self.assertLess(len(str(errors)), 2000)

    def test_a_form_shows_the_canonical_text_and_sees_what_changed(self):
        notice = Notice.objects.create(number=NUMBER)
        self.assertIn(f'value="{NUMBER}"', str(NoticeForm(instance=notice)["number"]))
        same = NoticeForm({"number": f" {NUMBER}"}, instance=notice)
        self.assertFalse(same.has_changed())
        self.assertTrue(NoticeForm({"number": "?"}, instance=notice).has_changed())
        again = NoticeForm({"number": f" {NUMBER:grouped}"})
        self.assertEqual(again.errors.as_data()["number"][0].code, "unique")

    def test_models_take_text_and_refuse_what_is_no_number(self):
        notice = Notice(number=f" {NUMBER}")
        notice.full_clean()
        self.assertEqual(notice.number, NUMBER)
        with self.assertRaises(ValidationError) as caught:
            Notice(number=181402001200001).full_clean()
        self.assertEqual(caught.exception.error_dict["number"][0].code, "sdcert.not-text")
        with self.assertRaises(ValidationError):
            Notice(number="鲁18").save()
        with self.assertRaises(ValidationError):
            Notice(number="").full_clean()

    def test_lookups_compare_numbers_and_match_text(self):
        numbers = samples(40)
        Notice.objects.bulk_create(Notice(number=number) for number in numbers)
        one = numbers[0]

        def found(**lookup):
            return set(Notice.objects.filter(**lookup).values_list("number", flat=True))

        self.assertEqual(found(number=one), {one})
        self.assertEqual(found(number=f"{one:grouped}"), {one})
        self.assertEqual(found(number__in=[one, str(numbers[1])]), set(numbers[:2]))
        self.assertEqual(found(number__gt=one), {n for n in numbers if n > one})
        self.assertEqual(found(number__startswith="鲁18"), {n for n in numbers if n.year == 2018})
        self.assertEqual(found(number__contains="基层"), {n for n in numbers if n.grassroots})
        self.assertEqual(found(other__isnull=True), set(numbers))
        self.assertEqual(
            list(Notice.objects.order_by("number").values_list("number", flat=True)),
            sorted(numbers),
        )
        with self.assertRaises(ValidationError):
            found(number="鲁18")

    def test_the_database_itself_refuses_and_nothing_is_read_in_silence(self):
        def insert(text, other=None):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO example_notice (number, other) VALUES (%s, %s)", [text, other]
                )

        for text in (f"{NUMBER}\n", f" {NUMBER}", "鲁181402001200000"):
            with self.assertRaisesRegex(IntegrityError, "number_canonical"):
                insert(text)
        insert(str(NUMBER), f" {NUMBER}")
        with self.assertRaises(InvalidNumber):
            Notice.objects.get()

    def test_fixtures_hold_the_canonical_text(self):
        data = serializers.serialize("json", [Notice(id=1, number=NUMBER)])
        self.assertIn(f'"number": "{NUMBER}", "other": null', data)
        field = Notice._meta.get_field("other")
        self.assertEqual(field.to_python(str(NUMBER)), NUMBER)
        self.assertIsNone(field.to_python(None))
        self.assertEqual(field.value_to_string(Notice()), "")

    def test_migrations_name_the_field_and_its_options(self):
        text, _ = MigrationWriter.serialize(Notice._meta.get_field("other"))
        self.assertEqual(text, "example_fields.CertificateNumberField(blank=True, null=True)")
        self.assertEqual(Notice._meta.get_field("number").db_type(connection), "varchar(20)")


if __name__ == "__main__":
    unittest.main(verbosity=2)
