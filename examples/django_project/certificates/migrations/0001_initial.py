"""The tables of numbers and certificates."""

import django.db.models.deletion
from django.db import migrations, models


def compare_keys_exactly(apps, schema_editor):
    """MySQL and MariaDB compare texts without regard to case and accents, unless told otherwise."""
    if schema_editor.connection.vendor == "mysql":
        schema_editor.execute(
            "ALTER TABLE certificates_issuednumber MODIFY request_key varchar(200) "
            "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL"
        )


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("scope", models.CharField(max_length=10, primary_key=True, serialize=False)),
                ("last", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="IssuedNumber",
            fields=[
                ("digits", models.CharField(max_length=15, primary_key=True, serialize=False)),
                ("request_key", models.CharField(max_length=200, null=True, unique=True)),
                ("grassroots", models.BooleanField(default=False)),
                ("voided", models.BooleanField(default=False)),
                ("void_reason", models.CharField(max_length=1000, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Certificate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("holder", models.CharField(max_length=100)),
                (
                    "number",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, to="certificates.issuednumber"
                    ),
                ),
            ],
        ),
        migrations.RunPython(compare_keys_exactly, migrations.RunPython.noop, atomic=False),
    ]
