"""sdcert: the numbers of Shandong's professional-title certificates (山东省职称证书编号).

The names below are imported from their modules when they are first used, so that
``import sdcert`` itself loads nothing, opens no file and reads no clock. Their types are in the
stub beside this file; all other public names are in the modules.
"""

from __future__ import annotations

from typing import Any

_HOMES = {
    "sdcert.allocation": (
        "AllocationStore",
        "Issued",
        "Request",
        "RequestConflict",
        "ScopeContended",
        "ScopeExhausted",
        "allocate",
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
        "Content",
        "Edition",
        "Grade",
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
        "CertificateNumber",
        "NumberScope",
        "PATTERN",
        "find",
        "normalize",
    ),
    "sdcert.rules": (
        "Decision",
        "Form",
        "Numbering",
        "RuleBook",
        "manager_of",
    ),
    "sdcert.stores": (
        "MemoryStore",
        "SQLiteStore",
    ),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [*sorted(_MODULES), "__version__"]  # noqa: PLE0604  # all are text


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415  # reads a file: only on request

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
