"""What tests of the field type of Pydantic share."""

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from sdcert import CertificateNumber

ADAPTER = TypeAdapter(CertificateNumber)


class Notice(BaseModel):
    number: CertificateNumber


def failure(call, *arguments, **options):
    with pytest.raises(ValidationError) as caught:
        call(*arguments, **options)
    (error,) = caught.value.errors(include_url=False)
    return error
