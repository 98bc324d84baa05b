"""Certificate numbers in FastAPI: as path, query and body; Chinese errors; numbers given out.

Run it with ``fastapi run app.py``; the region prefix 90 and the series 601 are made up.
"""

import os
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

import sqlalchemy as sa
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import exc, orm

from sdcert import CertificateNumber, NumberScope, SdcertError
from sdcert.allocation import (
    AdoptionConflict,
    RequestConflict,
    ScopeContended,
    ScopeExhausted,
    adopt,
    allocate,
    retrying,
)
from sdcert.allocation import Request as NumberRequest
from sdcert.pydantic import Registered
from sdcert.sqlalchemy import (
    CertificateNumberType,
    SQLAlchemyStore,
    begin_for_real,
    define_tables,
)
from sdcert.testing.examples import example_codes

# Your own tables: CodeBook.load(...)
KnownNumber = Annotated[CertificateNumber, Registered(codes=example_codes())]

# What FastAPI says itself, by the type of the error; add those of your own fields
DAY = "应为日期，如2024-11-01"
CHINESE = {
    "missing": "此项必填",
    "string_type": "应为文本",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "date_type": DAY,
    "date_parsing": DAY,
    "date_from_datetime_parsing": DAY,
    "date_from_datetime_inexact": DAY,
}
STATUS = {AdoptionConflict: 409, RequestConflict: 409, ScopeExhausted: 409, ScopeContended: 503}


class Base(orm.DeclarativeBase):
    """The host's own metadata; the store's two tables are put beside the certificates."""


TABLES = define_tables(Base.metadata)


class Certificate(Base):
    """A certificate of the host."""

    __tablename__ = "certificate"
    number: orm.Mapped[CertificateNumber] = orm.mapped_column(
        CertificateNumberType, primary_key=True
    )
    holder: orm.Mapped[str]
    approved_on: orm.Mapped[date]


# One certificate, one number: the 15 digits are compared, not the marker
sa.Index(
    "certificate_one_number",
    sa.func.substr(sa.cast(Certificate.number, sa.String), 1, 16),
    unique=True,
)


class NewCertificate(BaseModel):
    """What is asked for: a number of a scope, for a holder; the key makes a retry harmless."""

    key: str
    year: int
    region_code: str
    series_code: str
    holder: str
    approved_on: date


class Claim(BaseModel):
    """What somebody states about a certificate."""

    number: KnownNumber
    holder: str
    approved_on: date


app = FastAPI()
# A file, or a server: never StaticPool or :memory: in a service, whose requests run in threads
engine = sa.create_engine(os.environ.get("DATABASE_URL", "sqlite:///certificates.db"))
if engine.dialect.name == "sqlite":
    begin_for_real(engine)  # requests wait for one another instead of being refused
Base.metadata.create_all(engine)


def session() -> Iterator[orm.Session]:
    """Open a session in a transaction of the request's own; it is committed if all went well."""
    with orm.Session(engine) as opened, opened.begin():
        yield opened


Session = Annotated[orm.Session, Depends(session, scope="function")]


def language(request: Request) -> Literal["zh", "en"]:
    """Tell which language the browser asks for: every error of a number has both."""
    return "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"


@app.exception_handler(SdcertError)
async def explain(request: Request, error: SdcertError) -> Response:
    """Answer what the library refuses: a scope, a key, a request that another one contradicts."""
    if not isinstance(error, ValueError) and type(error) not in STATUS:
        raise error  # a fault of this service, not of the request
    said = {"detail": error.message(language(request))}
    return JSONResponse(said, status_code=STATUS.get(type(error), 422))


@app.exception_handler(RequestValidationError)
async def refuse(request: Request, error: RequestValidationError) -> Response:
    """Answer what FastAPI and Pydantic refuse."""
    lang = language(request)
    errors = error.errors()
    for one in errors:
        one.pop("input", None)  # it may be what JSON cannot hold: NaN, half a character
        own = CHINESE.get(one["type"], one["msg"]) if lang == "zh" else one["msg"]
        one["msg"] = one.get("ctx", {}).get("messages", {}).get(lang, own)
    return JSONResponse(jsonable_encoder({"detail": errors}), status_code=422)


@app.get("/certificates/{number}")
def show(number: KnownNumber, session: Session) -> dict[str, object]:
    """Look a certificate up by its number."""
    row = session.get(Certificate, number)
    if row is None:
        raise HTTPException(404)
    return {"number": row.number, "holder": row.holder}  # no type is declared for the number


@app.get("/certificates")
def search(number: Annotated[KnownNumber, Query()], session: Session) -> list[object]:
    """Look certificates up by a number in the query."""
    rows = session.scalars(sa.select(Certificate).where(Certificate.number == number))
    return [{"number": row.number, "holder": row.holder} for row in rows]


@app.post("/claims")
def check(claim: Claim, session: Session) -> dict[str, object]:
    """Tell whether a claim is that of a certificate in the books."""
    row = session.get(Certificate, claim.number)
    known = row is not None and (row.holder, row.approved_on) == (claim.holder, claim.approved_on)
    return {"number": claim.number, "known": known}


@app.post("/records", status_code=201)
def record(claim: Claim, session: Session) -> dict[str, object]:
    """Save a certificate that was numbered elsewhere; a number is recorded once."""
    try:
        session.add(Certificate(**claim.model_dump()))
        session.flush()
        adopt(SQLAlchemyStore(session, TABLES), [claim.number])  # so that it is not given out
    except (exc.IntegrityError, AdoptionConflict) as error:
        raise HTTPException(409, "该编号已有记录") from error
    return {"number": claim.number}


@app.post("/certificates", status_code=201)
def issue(new: NewCertificate) -> dict[str, object]:
    """Give a number out and save the certificate, in one transaction; run it again if overtaken."""
    asked = NumberRequest(new.key, NumberScope(new.year, new.region_code, new.series_code))
    for attempt in retrying():
        with attempt, orm.Session(engine) as session, session.begin():
            [issued] = allocate(SQLAlchemyStore(session, TABLES), [asked])
            saved = session.get(Certificate, issued.number)
            if saved is None:
                known = {"holder": new.holder, "approved_on": new.approved_on}
                session.add(Certificate(number=issued.number, **known))
            elif (saved.holder, saved.approved_on) != (new.holder, new.approved_on):
                raise HTTPException(409, "该编号已有记录")  # no retry: somebody else has it
    return {"number": issued.number}
