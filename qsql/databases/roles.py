"""What the role of a connection may do beyond reading, and the lines that make one that may only read.

Asks the server's own catalogue; `ask` runs a query and gives its rows. Knows nothing of connections.
"""

import re
from collections.abc import Callable, Sequence

Ask = Callable[[str], Sequence[Sequence]]

PASSWORD = "'…'"  # where the administrator writes one
OURS = "nspname !~ '^pg_' AND nspname <> 'information_schema'"
TABLES = f"pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND {OURS}"
POWERS = ("pg_read_server_files", "pg_write_server_files", "pg_execute_server_program", "pg_write_all_data", "pg_signal_backend")
REACHING = """pg_proc p JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e' JOIN pg_extension e ON e.oid = d.refobjid
WHERE extname IN ('dblink', 'http', 'pg_net') AND has_function_privilege(p.oid, 'EXECUTE')"""
WRITES = "has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') OR has_any_column_privilege(c.oid, 'INSERT, UPDATE')"

READING = {"USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES", "EXECUTE"}  # what a MySQL role may have and still only reads
GRANT = re.compile(r"GRANT (?P<privileges>.+?) ON (?P<what>\S+) TO ")


def postgres_dangers(ask: Ask) -> list[str]:
    """Each as the end of a sentence that begins with the role."""
    if ask("SELECT 1 FROM pg_roles WHERE rolname = current_user AND rolsuper"):
        return ["is a superuser, for whom a query can read the server's files and run programs there"]
    powers = ask(f"SELECT rolname FROM pg_roles WHERE rolname IN {POWERS} AND pg_has_role(oid, 'MEMBER') ORDER BY oid")
    tables = ask(f"SELECT quote_ident(nspname) || '.' || quote_ident(relname) FROM {TABLES} AND ({WRITES}) ORDER BY 1")
    schemas = ask(f"SELECT 'schema ' || quote_ident(nspname) FROM pg_namespace WHERE {OURS} AND has_schema_privilege(oid, 'CREATE')")
    here = ask("SELECT 1 WHERE has_database_privilege(current_database(), 'CREATE')")
    far = ask(f"SELECT DISTINCT extname::text FROM {REACHING} ORDER BY 1")
    found = (
        ("is a member of {}", powers),
        ("may write to {}", tables),
        ("may create things in {}", schemas),
        ("may create things in this database", here),
        ("may reach other servers through {}", far),
    )
    return [said.format(_some([str(row[0]) for row in rows])) for said, rows in found if rows]


def postgres_grants(ask: Ask) -> str:
    """For an administrator, to run in this database."""
    [(database, role)] = ask("SELECT quote_ident(current_database()), quote_ident(current_database() || '_reader')")
    owned = ask(f"SELECT DISTINCT quote_ident(nspname), quote_ident(pg_get_userbyid(relowner)) FROM {TABLES} ORDER BY 1, 2")
    everyone = "EXISTS (SELECT 1 FROM aclexplode(nspacl) WHERE grantee = 0 AND privilege_type = 'CREATE')"
    open_schemas = ask(f"SELECT quote_ident(nspname) FROM pg_namespace WHERE {OURS} AND {everyone}")
    lines = [f"CREATE ROLE {role} LOGIN PASSWORD {PASSWORD};", f"GRANT CONNECT ON DATABASE {database} TO {role};"]
    for schema in dict.fromkeys(schema for schema, _ in owned):
        lines += [f"GRANT USAGE ON SCHEMA {schema} TO {role};", f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role};"]
    later = "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT SELECT ON TABLES TO {role};"
    lines += [later.format(owner=owner, schema=schema, role=role) for schema, owner in owned]
    lines += [f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC;" for (schema,) in open_schemas]
    lines += [
        f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC;" for (function,) in ask(f"SELECT p.oid::regprocedure::text FROM {REACHING}")
    ]
    return "\n".join([*lines, f"ALTER ROLE {role} SET default_transaction_read_only = on;"])


def mysql_dangers(ask: Ask) -> list[str]:
    """From SHOW GRANTS, of which only privileges are told: a line of it may hold the digest of a password."""
    found = []
    for (line,) in ask("SHOW GRANTS"):
        grant = GRANT.match(line)
        privileges = [] if grant is None else re.sub(r"\([^)]*\)", "", grant["privileges"]).split(",")
        excess = [name for name in map(str.strip, privileges) if name not in READING]
        if excess:
            found.append(f"has {_some(excess)} on {grant['what']}")
    return found


def mysql_grants(ask: Ask) -> str:
    """For an administrator; in these names % and _ would stand for others, were they not escaped."""
    [(database,)] = ask("SELECT DATABASE()")
    listed = [name for (name,) in ask("SHOW DATABASES") if name not in ("information_schema", "performance_schema", "mysql", "sys")]
    role = "'" + re.sub(r"[^\w-]", "_", database or "qsql")[:70] + "_reader'@'%'"
    lines = [f"CREATE USER {role} IDENTIFIED BY {PASSWORD};"]
    for name in [database] if database else listed:
        written = re.sub(r"([%_\\])", r"\\\1", name).replace("`", "``")
        lines.append(f"GRANT SELECT, SHOW VIEW ON `{written}`.* TO {role};")
    return "\n".join(lines)


def nothing(ask: Ask) -> list[str]:
    """Of servers whose catalogue is not known here."""
    return []


def no_grants(ask: Ask) -> str:
    return ""


def notice(user: str, dangers: Sequence[str]) -> str:
    """A warning that says what the role may do, and what to do about it."""
    return f"The role {user!r} may do more than read: it {', and it '.join(dangers)}. Use a role that may only SELECT."


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
