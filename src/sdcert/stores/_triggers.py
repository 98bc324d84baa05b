"""The triggers that keep what was issued, for each database. Only this file knows their words.

``{name}`` is the name of the table, ``{table}`` the same with its schema, ``{schema}`` the schema
with a dot behind it, or nothing.
"""

from __future__ import annotations

from typing import Final

__all__ = ["TRIGGERS"]

_DELETED: Final = "an issued number is voided, never deleted"
_CHANGED: Final = "an issued number never becomes another"
_SQLITE: Final = (
    "CREATE TRIGGER IF NOT EXISTS {name}_stays BEFORE DELETE ON {name} "
    f"BEGIN SELECT RAISE(ABORT, '{_DELETED}'); END",
    "CREATE TRIGGER IF NOT EXISTS {name}_keeps BEFORE UPDATE ON {name} "
    f"WHEN NEW.digits IS NOT OLD.digits BEGIN SELECT RAISE(ABORT, '{_CHANGED}'); END",
)
_MARIADB: Final = (
    "CREATE TRIGGER {schema}{name}_stays BEFORE DELETE ON {table} FOR EACH ROW "
    f"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{_DELETED}'",
    "CREATE TRIGGER {schema}{name}_keeps BEFORE UPDATE ON {table} FOR EACH ROW "  # noqa: S608
    "BEGIN IF NEW.digits <> OLD.digits THEN "
    f"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{_CHANGED}'; END IF; END",
)
_POSTGRESQL: Final = (
    "CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation'; END $$",
    "CREATE TRIGGER {name}_stays BEFORE DELETE ON {table} FOR EACH ROW "
    f"EXECUTE FUNCTION {{table}}_refuse('{_DELETED}')",
    "CREATE TRIGGER {name}_whole BEFORE TRUNCATE ON {table} FOR EACH STATEMENT "
    f"EXECUTE FUNCTION {{table}}_refuse('{_DELETED}')",
    "CREATE TRIGGER {name}_keeps BEFORE UPDATE ON {table} FOR EACH ROW "
    "WHEN (NEW.digits IS DISTINCT FROM OLD.digits) "
    f"EXECUTE FUNCTION {{table}}_refuse('{_CHANGED}')",
)
TRIGGERS: Final = {
    "mariadb": _MARIADB,
    "mysql": _MARIADB,
    "postgresql": _POSTGRESQL,
    "sqlite": _SQLITE,
}
