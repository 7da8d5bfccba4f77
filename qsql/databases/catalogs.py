"""What a server's own catalogue is asked for beside its tables: a mark that changes with them, which are not shown, what views are.

A mark is made of contents, not of times: what is only filled, emptied, vacuumed or analyzed keeps it.
"""

_POSTGRES_OURS = "nspname !~ '^pg_(toast|temp)|^pg_catalog$' AND nspname <> 'information_schema'"
_POSTGRES_SHOWN = f"""SELECT c.oid, relname, nspname, relkind, relispartition,
        has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND {_POSTGRES_OURS}"""
POSTGRES_MARK = f"""WITH shown AS ({_POSTGRES_SHOWN}), parts (part) AS (
    SELECT concat_ws('|', 'table', oid, relname, nspname, relkind, relispartition, readable) FROM shown
    UNION ALL SELECT concat_ws('|', 'column', attrelid, attnum, attname, atttypid, atttypmod, attnotnull, attisdropped)
        FROM pg_attribute WHERE attnum > 0 AND attrelid IN (SELECT oid FROM shown)
    UNION ALL SELECT concat_ws('|', 'key', conrelid, conname, contype, conkey, confrelid, confkey)
        FROM pg_constraint WHERE contype IN ('p', 'f') AND conrelid IN (SELECT oid FROM shown)
    UNION ALL SELECT concat_ws('|', 'comment', objoid, objsubid, description)
        FROM pg_description WHERE classoid = 'pg_class'::regclass AND objoid IN (SELECT oid FROM shown)
    UNION ALL SELECT concat_ws('|', 'view', ev_class, xmin) FROM pg_rewrite WHERE ev_class IN (SELECT oid FROM shown WHERE relkind IN ('v', 'm'))
) SELECT concat(count(*), ':', sum(hashtextextended(part, 0))) FROM parts"""
POSTGRES_HIDDEN = f"""WITH shown AS ({_POSTGRES_SHOWN}) SELECT nspname::text, relname::text FROM shown WHERE NOT readable
    OR relispartition
    AND EXISTS (SELECT 1 FROM pg_inherits JOIN shown parent ON parent.oid = inhparent WHERE inhrelid = shown.oid AND parent.readable)"""
POSTGRES_VIEWS = f"""SELECT nspname::text, relname::text, pg_get_viewdef(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE relkind IN ('v', 'm') AND {_POSTGRES_OURS}"""

_MYSQL_OURS = """table_schema NOT IN ('information_schema', 'performance_schema', 'mysql', 'sys')
    AND (DATABASE() IS NULL OR table_schema = DATABASE())"""
MYSQL_MARK = " UNION ALL ".join(
    f"SELECT concat(count(*), ':', coalesce(sum(crc32(concat_ws('|', {columns}))), 0)) FROM information_schema.{of} WHERE {_MYSQL_OURS}"
    for of, columns in (
        ("tables", "table_schema, table_name, table_type, table_comment"),
        ("columns", "table_schema, table_name, ordinal_position, column_name, column_type, is_nullable, column_comment"),
        ("views", "table_schema, table_name, view_definition"),
        ("key_column_usage", "table_schema, table_name, constraint_name, column_name, referenced_table_name, referenced_column_name"),
    )
)
