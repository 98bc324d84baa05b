"""Whole data sets: one certificate, one number (一证一号; 鲁人社规〔2018〕22号, 第五条).

:func:`audit` goes through a frame of any engine of :mod:`sdcert.frames`, or a file, and gives a
frame of findings with your keys. It needs the extra ``frames``. What it finds concerns numbers as
they are written down; it never says that a certificate is or is not genuine.
"""

import sdcert.frames  # noqa: F401  # first: it says which extra is missing
from sdcert.audit.findings import AuditCode
from sdcert.audit.issued import IssuedFault
from sdcert.audit.public import Audit, audit

__all__ = ["Audit", "AuditCode", "IssuedFault", "audit"]
