"""For authors of rule files: what a rule document is made of, and what can be wrong with one.

A city's notice becomes a TOML file that :meth:`sdcert.rules.RuleBook.load` reads; the guide "Add
your city's notice" shows how. The same can be built in a program from these classes:
``RuleBook([RuleDocument(…)])``.
"""

from __future__ import annotations

from sdcert._faults import Fault
from sdcert._public import publish
from sdcert._rules.document import Answer, Clause, Effect, Omission, Query, RuleDocument
from sdcert._rules.files import read_document
from sdcert._rules.model import Step
from sdcert.rules import RuleConflict, RuleFileError

__all__ = [
    "Answer",
    "Clause",
    "Effect",
    "Fault",
    "Omission",
    "Query",
    "RuleConflict",
    "RuleDocument",
    "RuleFileError",
    "Step",
    "read_document",
]

publish(__name__)
