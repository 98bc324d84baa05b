"""The tables of numbers and certificates."""

import django.db.models.deletion
from django.db import migrations, models


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
                ("key", models.CharField(max_length=200, null=True, unique=True)),
                ("grassroots", models.BooleanField(default=False)),
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
    ]
