"""Functions that do more than read this database's rows, by dialect, and what to say of them.

Names end in `*` where a whole family is meant. This makes good messages and is no line of safety: an engine has more functions
than are listed here, and what it may do is decided where it is opened.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache


@dataclass(frozen=True)
class Effect:
    """What a function does, as the end of a sentence with {} for its name, and what to do instead."""

    does: str
    hint: str


FILES = Effect("{} reads or writes files outside this database", "Name one of this database's tables instead.")
PATH = Effect("{} is no table but a file or an address", "Name one of this database's tables instead.")
ELSEWHERE = Effect("{} reaches another database or server", "Name one of this database's tables instead.")
RUNS = Effect("{} runs SQL that it is given as a text", "Write that SQL as the query itself.")
MACHINE = Effect("{} tells of the machine that it runs on", "Ask about what the tables hold.")
WAITS = Effect("{} only makes the server wait or work", "Take it out.")
LOCKS = Effect("{} takes or gives back locks", "Take it out.")
PROGRAMS = Effect("{} runs a program on the server", "Take it out.")
CHANGES = Effect("{} changes something in the database or its server", "Ask only for rows.")

FUNCTIONS: dict[str, dict[Effect, str]] = {
    "duckdb": {
        FILES: "read_* glob sniff_csv parquet_* st_read* seq_scan add_parquet_key which_secret",
        ELSEWHERE: "sqlite_scan sqlite_attach postgres_scan* postgres_query postgres_attach mysql_scan mysql_query iceberg_* delta_scan "
        "arrow_scan* pandas_scan python_*_scan python_map_function *_external_resource*",
        RUNS: "query query_table json_execute_serialized_sql from_substrait*",
        MACHINE: "duckdb_databases pragma_database_list duckdb_settings duckdb_secrets duckdb_temporary_files duckdb_logs* "
        "duckdb_external_file_cache duckdb_extensions",
        WAITS: "sleep_ms",
        CHANGES: "nextval setval checkpoint force_checkpoint enable_logging disable_logging enable_profiling disable_profiling "
        "write_log truncate_duckdb_logs add_grammar_extension remove_grammar_extension",
    },
    "sqlite": {
        FILES: "readfile writefile edit zipfile fsdir lsdir",
        CHANGES: "load_extension fts3_tokenizer",
    },
    "postgres": {
        FILES: "pg_read_file* pg_read_binary_file* pg_ls_* pg_stat_file pg_file_* lo_import lo_export",
        ELSEWHERE: "dblink* postgres_fdw_*",
        RUNS: "query_to_xml* cursor_to_xml* ts_stat",
        WAITS: "pg_sleep*",
        LOCKS: "pg_advisory_* pg_try_advisory_*",
        CHANGES: "nextval setval set_config txid_current txid_current_if_assigned pg_current_xact_id pg_notify pg_export_snapshot "
        "lo_creat lo_create lo_from_bytea lo_open lo_put lo_truncate* lo_unlink lowrite pg_terminate_backend pg_cancel_backend "
        "pg_reload_conf pg_rotate_logfile pg_switch_wal pg_promote pg_wal_replay_* pg_backup_* pg_start_backup pg_stop_backup "
        "pg_create_* pg_drop_* pg_copy_*_replication_slot pg_replication_* pg_logical_* pg_stat_reset* pg_log_backend_memory_contexts "
        "pg_import_system_collations brin_summarize_* brin_desummarize_range gin_clean_pending_list",
    },
    "mysql": {
        FILES: "load_file",
        RUNS: "sys_exec sys_eval",
        WAITS: "sleep benchmark master_pos_wait source_pos_wait master_gtid_wait wait_for_executed_gtid_set",
        LOCKS: "get_lock release_lock release_all_locks",
        CHANGES: "nextval setval next_value_for",
    },
    "spark": {
        FILES: "read_files",
        ELSEWHERE: "remote_query http_request",
        PROGRAMS: "reflect try_reflect java_method",
    },
    "tsql": {ELSEWHERE: "openrowset opendatasource openquery", CHANGES: "next_value_for"},
    "clickhouse": {
        FILES: "file filecluster",
        ELSEWHERE: "url urlcluster s3* remote remotesecure hdfs* jdbc odbc mysql postgresql mongodb redis sqlite executable",
        WAITS: "sleep sleepeachrow",
    },
}


@cache
def effect_of(name: str, dialect: str) -> Effect | None:
    """What the function of this name does beside reading, if anything is known of it."""
    listed = FUNCTIONS.get(dialect, {})
    return next((effect for effect, names in listed.items() if any(fnmatchcase(name.lower(), one) for one in names.split())), None)
