"""Jurisdiction rules as data: who manages, seals and reissues, in which form, by which clause.

The documents are data files that can be read beside the text; :class:`RuleBook` reads them and
answers, each answer a :class:`Decision` with its basis and citations. Nothing is read at import.
"""

from __future__ import annotations

from sdcert.rules.book import RuleBook
from sdcert.rules.faults import RuleConflict, RuleFault, RuleFileError
from sdcert.rules.managing import manager_of
from sdcert.rules.model import (
    Answer,
    Basis,
    Citation,
    Clause,
    Decision,
    Effect,
    Form,
    Note,
    Numbering,
    Question,
    RuleDocument,
    Step,
)
from sdcert.rules.words import say

__all__ = [
    "Answer",
    "Basis",
    "Citation",
    "Clause",
    "Decision",
    "Effect",
    "Form",
    "Note",
    "Numbering",
    "Question",
    "RuleBook",
    "RuleConflict",
    "RuleDocument",
    "RuleFault",
    "RuleFileError",
    "Step",
    "manager_of",
    "say",
]
