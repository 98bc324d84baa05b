"""A model field and a form field for certificate numbers (职称证书编号).

The column holds the canonical text, the model the value. A form says what is wrong in the language
that Django speaks at the time, Chinese or English, in the words of the findings. Absence is NULL
(`null=True`), never an empty text.
"""

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language

from sdcert import CertificateNumber, InvalidNumber

__all__ = ["CertificateNumberField", "CertificateNumberFormField"]

LONGEST = 20  # 鲁, 15 digits, （基层）


def read(value):
    """Return the number that a value is, or raise one ValidationError with all findings."""
    if isinstance(value, CertificateNumber):
        return value
    try:
        return CertificateNumber.parse(value)
    except InvalidNumber as error:
        lang = "zh" if (get_language() or "").startswith("zh") else "en"
        raise ValidationError(
            [
                ValidationError(finding.message(lang), code=f"sdcert.{finding.code}")
                for finding in error.findings
            ]
        ) from error


class CertificateNumberFormField(forms.CharField):
    """A text input that gives a CertificateNumber, or None where it may be left empty."""

    def __init__(self, **options):
        super().__init__(**options | {"empty_value": None})

    def to_python(self, value):
        if isinstance(value, str):
            value = super().to_python(value)  # white space alone is nothing
        return None if value is None else read(value)

    def prepare_value(self, value):
        return str(value) if isinstance(value, CertificateNumber) else value


class CertificateNumberField(models.Field):
    """A column of certificate numbers: `number = CertificateNumberField(unique=True)`.

    Assigning text is allowed: `full_clean` and saving turn it into a number or refuse it. Lookups
    that compare take a number or text that is one; `startswith` and its like take any text.
    """

    description = "Number of a professional-title certificate (职称证书编号)"
    empty_strings_allowed = False

    def __init__(self, *args, **options):
        options["max_length"] = LONGEST
        super().__init__(*args, **options)

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        del options["max_length"]
        return name, path, args, options

    def get_internal_type(self):
        return "CharField"

    def to_python(self, value):
        return None if value is None else read(value)

    def from_db_value(self, value, expression, connection):
        # Text that is not canonical raises: no lookup would ever find such a row.
        return None if value is None else CertificateNumber.parse(value, strict=True)

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        return None if value is None else str(read(value))

    def value_to_string(self, obj):
        value = self.value_from_object(obj)
        return "" if value is None else str(value)

    def formfield(self, **options):
        return super().formfield(**{"form_class": CertificateNumberFormField} | options)
