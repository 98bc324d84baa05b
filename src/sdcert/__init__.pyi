from sdcert.allocation import (
    AllocationStore as AllocationStore,
    Issued as Issued,
    Request as Request,
    RequestConflict as RequestConflict,
    ScopeContended as ScopeContended,
    ScopeExhausted as ScopeExhausted,
    allocate as allocate,
    void as void,
)
from sdcert.checking import (
    Explanation as Explanation,
    Verdict as Verdict,
    check as check,
    check_many as check_many,
    check_record as check_record,
    explain as explain,
    is_valid as is_valid,
)
from sdcert.codes import (
    AuthorityKind as AuthorityKind,
    CityPrefix as CityPrefix,
    CodeBook as CodeBook,
    Content as Content,
    Edition as Edition,
    Grade as Grade,
    InvalidTable as InvalidTable,
    NotInForce as NotInForce,
    NotListed as NotListed,
    RegionCode as RegionCode,
    SeriesCode as SeriesCode,
    Source as Source,
)
from sdcert.errors import (
    InvalidNumber as InvalidNumber,
    MissingExtra as MissingExtra,
    SdcertError as SdcertError,
)
from sdcert.findings import (
    Finding as Finding,
    FindingCode as FindingCode,
    Outcome as Outcome,
    Severity as Severity,
)
from sdcert.numbering import (
    PATTERN as PATTERN,
    CertificateNumber as CertificateNumber,
    NumberScope as NumberScope,
    find as find,
    normalize as normalize,
)
from sdcert.rules import (
    Decision as Decision,
    Form as Form,
    Numbering as Numbering,
    RuleBook as RuleBook,
    manager_of as manager_of,
)
from sdcert.stores import (
    MemoryStore as MemoryStore,
    SQLiteStore as SQLiteStore,
)

__version__: str
