"""The number of a certificate (职称证书编号) as a value: syntax only.

This package knows no registry, no file and no clock. The written form is the business of the
grammar beside it (鲁人社规〔2018〕22号, 第五条); here are the values, how
text becomes one, and how numbers are found in running text.
"""

from __future__ import annotations

from sdcert._grammar import PATTERN, Edit, Normalized, normalize
from sdcert._public import publish
from sdcert.numbering._find import Found, find
from sdcert.numbering._values import CertificateNumber, NumberScope

__all__ = [
    "PATTERN",
    "CertificateNumber",
    "Edit",
    "Found",
    "Normalized",
    "NumberScope",
    "find",
    "normalize",
]

publish(__name__)
