from sdcert.allocation import (
    AllocationStore as AllocationStore,
)
from sdcert.allocation import (
    Issued as Issued,
)
from sdcert.allocation import (
    Request as Request,
)
from sdcert.allocation import (
    RequestConflict as RequestConflict,
)
from sdcert.allocation import (
    ScopeContended as ScopeContended,
)
from sdcert.allocation import (
    ScopeExhausted as ScopeExhausted,
)
from sdcert.allocation import (
    allocate as allocate,
)
from sdcert.allocation import (
    void as void,
)
from sdcert.checking import (
    Explanation as Explanation,
)
from sdcert.checking import (
    Verdict as Verdict,
)
from sdcert.checking import (
    check as check,
)
from sdcert.checking import (
    check_many as check_many,
)
from sdcert.checking import (
    check_record as check_record,
)
from sdcert.checking import (
    explain as explain,
)
from sdcert.checking import (
    is_valid as is_valid,
)
from sdcert.codes import (
    AuthorityKind as AuthorityKind,
)
from sdcert.codes import (
    CityPrefix as CityPrefix,
)
from sdcert.codes import (
    CodeBook as CodeBook,
)
from sdcert.codes import (
    Content as Content,
)
from sdcert.codes import (
    Edition as Edition,
)
from sdcert.codes import (
    Grade as Grade,
)
from sdcert.codes import (
    InvalidTable as InvalidTable,
)
from sdcert.codes import (
    NotInForce as NotInForce,
)
from sdcert.codes import (
    NotListed as NotListed,
)
from sdcert.codes import (
    RegionCode as RegionCode,
)
from sdcert.codes import (
    SeriesCode as SeriesCode,
)
from sdcert.codes import (
    Source as Source,
)
from sdcert.errors import (
    InvalidNumber as InvalidNumber,
)
from sdcert.errors import (
    MissingExtra as MissingExtra,
)
from sdcert.errors import (
    SdcertError as SdcertError,
)
from sdcert.findings import (
    Finding as Finding,
)
from sdcert.findings import (
    FindingCode as FindingCode,
)
from sdcert.findings import (
    Outcome as Outcome,
)
from sdcert.findings import (
    Severity as Severity,
)
from sdcert.numbering import (
    PATTERN as PATTERN,
)
from sdcert.numbering import (
    CertificateNumber as CertificateNumber,
)
from sdcert.numbering import (
    NumberScope as NumberScope,
)
from sdcert.numbering import (
    find as find,
)
from sdcert.numbering import (
    normalize as normalize,
)
from sdcert.rules import (
    Decision as Decision,
)
from sdcert.rules import (
    Form as Form,
)
from sdcert.rules import (
    Numbering as Numbering,
)
from sdcert.rules import (
    RuleBook as RuleBook,
)
from sdcert.rules import (
    manager_of as manager_of,
)
from sdcert.stores import (
    MemoryStore as MemoryStore,
)
from sdcert.stores import (
    SQLiteStore as SQLiteStore,
)

__version__: str
