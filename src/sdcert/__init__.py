"""sdcert: the numbers of Shandong's professional-title certificates (山东省职称证书编号).

The names below are imported from their modules when they are first used, so that
``import sdcert`` itself loads nothing, opens no file and reads no clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sdcert.allocation import (
        AllocationStore,
        AsyncAllocationStore,
        Issued,
        Request,
        RequestConflict,
        ScopeContended,
        ScopeExhausted,
        State,
        adopt,
        allocate,
        allocate_async,
        plan,
        preview,
        void,
    )
    from sdcert.checking import (
        Explanation,
        Verdict,
        check,
        check_many,
        check_record,
        explain,
        is_valid,
    )
    from sdcert.codes import (
        AuthorityKind,
        CityPrefix,
        CodeBook,
        CodeConflict,
        Content,
        Edition,
        Grade,
        InvalidCode,
        InvalidTable,
        NotInForce,
        NotListed,
        RegionCode,
        SeriesCode,
        Source,
    )
    from sdcert.errors import (
        InvalidNumber,
        MissingExtra,
        SdcertError,
    )
    from sdcert.findings import (
        Finding,
        FindingCode,
        Outcome,
        Severity,
    )
    from sdcert.numbering import (
        PATTERN,
        CertificateNumber,
        Edit,
        Found,
        Normalized,
        NumberScope,
        find,
        normalize,
    )
    from sdcert.rules import (
        Basis,
        Citation,
        Decision,
        Form,
        Note,
        NoteKind,
        Numbering,
        RuleBook,
        RuleConflict,
        RuleFileError,
        manager_of,
    )
    from sdcert.stores import (
        MemoryStore,
        SQLiteStore,
    )

    __version__: str

__all__ = [
    "PATTERN",
    "AllocationStore",
    "AsyncAllocationStore",
    "AuthorityKind",
    "Basis",
    "CertificateNumber",
    "Citation",
    "CityPrefix",
    "CodeBook",
    "CodeConflict",
    "Content",
    "Decision",
    "Edit",
    "Edition",
    "Explanation",
    "Finding",
    "FindingCode",
    "Form",
    "Found",
    "Grade",
    "InvalidCode",
    "InvalidNumber",
    "InvalidTable",
    "Issued",
    "MemoryStore",
    "MissingExtra",
    "Normalized",
    "NotInForce",
    "NotListed",
    "Note",
    "NoteKind",
    "NumberScope",
    "Numbering",
    "Outcome",
    "RegionCode",
    "Request",
    "RequestConflict",
    "RuleBook",
    "RuleConflict",
    "RuleFileError",
    "SQLiteStore",
    "ScopeContended",
    "ScopeExhausted",
    "SdcertError",
    "SeriesCode",
    "Severity",
    "Source",
    "State",
    "Verdict",
    "__version__",
    "adopt",
    "allocate",
    "allocate_async",
    "check",
    "check_many",
    "check_record",
    "explain",
    "find",
    "is_valid",
    "manager_of",
    "normalize",
    "plan",
    "preview",
    "void",
]

_HOMES = {
    "sdcert.allocation": (
        "AllocationStore",
        "AsyncAllocationStore",
        "Issued",
        "Request",
        "RequestConflict",
        "ScopeContended",
        "ScopeExhausted",
        "State",
        "adopt",
        "allocate",
        "allocate_async",
        "plan",
        "preview",
        "void",
    ),
    "sdcert.checking": (
        "Explanation",
        "Verdict",
        "check",
        "check_many",
        "check_record",
        "explain",
        "is_valid",
    ),
    "sdcert.codes": (
        "AuthorityKind",
        "CityPrefix",
        "CodeBook",
        "CodeConflict",
        "Content",
        "Edition",
        "Grade",
        "InvalidCode",
        "InvalidTable",
        "NotInForce",
        "NotListed",
        "RegionCode",
        "SeriesCode",
        "Source",
    ),
    "sdcert.errors": (
        "InvalidNumber",
        "MissingExtra",
        "SdcertError",
    ),
    "sdcert.findings": (
        "Finding",
        "FindingCode",
        "Outcome",
        "Severity",
    ),
    "sdcert.numbering": (
        "PATTERN",
        "CertificateNumber",
        "Edit",
        "Found",
        "Normalized",
        "NumberScope",
        "find",
        "normalize",
    ),
    "sdcert.rules": (
        "Basis",
        "Citation",
        "Decision",
        "Form",
        "Note",
        "NoteKind",
        "Numbering",
        "RuleBook",
        "RuleConflict",
        "RuleFileError",
        "manager_of",
    ),
    "sdcert.stores": (
        "MemoryStore",
        "SQLiteStore",
    ),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415  # reads a file: only when asked

        value: Any = version("sdcert")
    elif name in _MODULES:
        from importlib import import_module  # noqa: PLC0415  # as above

        value = getattr(import_module(_MODULES[name]), name)
    else:
        raise AttributeError(f"module 'sdcert' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
