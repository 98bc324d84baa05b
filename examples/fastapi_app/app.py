"""Certificate numbers in FastAPI: as path, query and body; Chinese errors; numbers given out.

Run it with ``fastapi run app.py``; the region prefix 90 and the series 601 are made up.
"""

from collections.abc import Iterator
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy import orm

from sdcert import CertificateNumber, NumberScope
from sdcert.allocation import Request as NumberRequest
from sdcert.allocation import RequestConflict, ScopeContended, ScopeExhausted, allocate
from sdcert.pydantic import Registered
from sdcert.sqlalchemy import CertificateNumberType, SQLAlchemyStore, define_tables
from sdcert.testing.examples import example_codes

# Your own tables: CodeBook.load(...)
KnownNumber = Annotated[CertificateNumber, Registered(codes=example_codes())]


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


class NewCertificate(BaseModel):
    """What is asked for: a number of a scope, for a holder; the key makes a retry harmless."""

    key: str
    year: int
    region_code: str
    series_code: str
    holder: str


class Claim(BaseModel):
    """What somebody states about a certificate."""

    number: KnownNumber
    holder: str


app = FastAPI()
engine = sa.create_engine(
    "sqlite://", poolclass=sa.StaticPool, connect_args={"check_same_thread": False}
)
Base.metadata.create_all(engine)


def session() -> Iterator[orm.Session]:
    """Open a session in a transaction of the request's own; it is committed if all went well."""
    with orm.Session(engine) as opened, opened.begin():
        yield opened


Session = Annotated[orm.Session, Depends(session, scope="function")]


@app.exception_handler(RequestValidationError)
async def refuse(request: Request, error: RequestValidationError) -> Response:
    """Answer in the language that the browser asks for: every error has both."""
    wanted = request.headers.get("accept-language", "")
    lang = "zh" if wanted.lower().startswith("zh") else "en"
    errors = error.errors()
    for one in errors:
        one["msg"] = one.get("ctx", {}).get("messages", {}).get(lang, one["msg"])
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
    return {"number": claim.number, "known": row is not None and row.holder == claim.holder}


@app.post("/certificates", status_code=201)
def issue(new: NewCertificate, session: Session) -> dict[str, object]:
    """Give a number out and save the certificate, in one transaction."""
    try:
        scope = NumberScope(new.year, new.region_code, new.series_code)
        [issued] = allocate(SQLAlchemyStore(session, TABLES), [NumberRequest(new.key, scope)])
    except (RequestConflict, ScopeExhausted) as error:
        raise HTTPException(409, error.message("zh")) from error
    except ScopeContended as error:
        raise HTTPException(503, error.message("zh")) from error
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
    if session.get(Certificate, issued.number) is None:
        session.add(Certificate(number=issued.number, holder=new.holder))
    return {"number": issued.number}
