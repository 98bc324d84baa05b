"""The errors of rule data: a faulty file, and clauses that contradict each other."""

from __future__ import annotations

import attrs

from sdcert._documents import DocumentError
from sdcert._rules.model import Citation
from sdcert.errors import SdcertError

__all__ = ["RuleConflict", "RuleFileError"]


class RuleFileError(DocumentError):
    """A rule file is faulty; nothing of it was taken.

    Attributes:
        faults: Everything that is wrong, in the order of the file.

    >>> from sdcert.rulefiles import RuleFileError, read_document
    >>> try:
    ...     read_document(b"format = 1", "notice.toml")
    ... except RuleFileError as error:
    ...     print(error.faults[0].file, len(error.faults) > 1)
    notice.toml True
    """


@attrs.define(slots=False, str=False)
class RuleConflict(SdcertError, ValueError):
    """Two clauses are in force at the same time and say different things.

    A local clause may fill what the province leaves open; it cannot override what the province
    states. The library does not choose between them.

    Attributes:
        first: The one clause.
        second: The other clause.
        subject: What they disagree about: the query, the cell, and what each says (a
            :class:`~sdcert.messages.Bilingual`).

    >>> from sdcert.rulefiles import RuleConflict
    >>> issubclass(RuleConflict, ValueError)
    True
    """

    _text = "rules.conflict"
    first: Citation
    second: Citation
    subject: str

    def _params(self, lang: str) -> dict[str, object]:
        return {
            "first": str(self.first),
            "second": str(self.second),
            "subject": self.subject,
        }


# A traceback names them as readers import them. (In the classes, attrs would look there for types.)
RuleConflict.__module__ = RuleFileError.__module__ = "sdcert.rules"
