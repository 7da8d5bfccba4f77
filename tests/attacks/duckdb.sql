-- a CSV file is read
-- expect: refused
-- bites: without the lock
SELECT * FROM read_csv('{secret}')

-- a CSV file is read, in a CTE
-- expect: refused
-- bites: without the lock
WITH stolen AS (FROM read_csv_auto('{secret}')) SELECT count(*), max(word) FROM stolen

-- a CSV file is read, in a subquery of a condition
-- expect: refused
-- bites: without the lock
SELECT name FROM customers WHERE error((SELECT max(word) FROM read_csv('{secret}'))) IS NULL

-- a CSV file is read by a quoted function
-- expect: refused
-- bites: without the lock
SELECT * FROM "read_csv"('{secret}')

-- a CSV file is read by a function with its schema
-- expect: refused
-- bites: without the lock
SELECT * FROM main.read_csv('{secret}')

-- a CSV file is read with a comment between
-- expect: refused
-- bites: without the lock
SELECT * FROM read_csv /* ( */ ('{secret}')

-- a CSV file is read, once its name is put together
-- expect: refused
-- bites: without the lock
SELECT * FROM read_csv('{folder}' || '/sec' || 'ret.csv')

-- a file is read as text
-- expect: refused
-- bites: without the lock
SELECT content FROM read_text('{secret}')

-- a file is read as bytes
-- expect: refused
-- bites: without the lock
SELECT content FROM read_blob('{secret}')

-- a file is read by a pattern
-- expect: refused
-- bites: without the lock
SELECT content FROM read_text('{folder}/s*.csv')

-- a JSON file is read
-- expect: refused
-- bites: without the lock
SELECT * FROM read_json('{folder}/secret.json')

-- a JSON file is read as objects
-- expect: refused
-- bites: without the lock
SELECT * FROM read_ndjson_objects('{folder}/secret.json')

-- a Parquet file is read
-- expect: refused
-- bites: without the lock
SELECT * FROM read_parquet('{folder}/secret.parquet')

-- a Parquet file is read by its older name
-- expect: refused
-- bites: without the lock
SELECT * FROM parquet_scan(['{folder}/secret.parquet'])

-- the figures of a Parquet file are read
-- expect: refused
-- bites: without the lock
SELECT stats_max_value FROM parquet_metadata('{folder}/secret.parquet')

-- the schema of a Parquet file is read
-- expect: refused
SELECT * FROM parquet_schema('{folder}/secret.parquet')

-- the keys of a Parquet file are read
-- expect: refused
SELECT * FROM parquet_kv_metadata('{folder}/secret.parquet')

-- the kind of a file is guessed
-- expect: refused
SELECT * FROM sniff_csv('{secret}')

-- the database reads another database's file
-- expect: refused
-- bites: without the lock
SELECT * FROM read_duckdb('{folder}/other.duckdb', table_name = 'secrets')

-- the database reads its own file
-- expect: refused
SELECT octet_length(content) FROM read_blob('{database}')

-- files are listed
-- expect: refused
SELECT * FROM glob('{folder}/*')

-- a file stands for a table
-- expect: refused
-- bites: without the lock
SELECT * FROM '{secret}'

-- a file stands for a table, quoted as a name
-- expect: refused
-- bites: without the lock
SELECT * FROM "{secret}"

-- a file stands for a table, first
-- expect: refused
-- bites: without the lock
FROM '{folder}/secret.parquet'

-- a pattern stands for a table
-- expect: refused
-- bites: without the lock
FROM '{folder}/*.json'

-- a file is described
-- expect: refused
DESCRIBE '{secret}'

-- a file is summarized
-- expect: refused
-- bites: without the lock
SUMMARIZE '{secret}'

-- a file is pivoted
-- expect: refused
-- bites: without the lock
PIVOT '{secret}' ON word USING count(*)

-- a file is unpivoted
-- expect: refused
-- bites: without the lock
UNPIVOT '{secret}' ON word

-- a device stands for a file
-- expect: refused
SELECT * FROM read_text('/dev/stdin')

-- the environment of the process is read
-- expect: refused
SELECT content FROM read_text('/proc/self/environ')

-- a file is read by a text that runs
-- expect: refused
-- bites: without the lock
SELECT * FROM query('SELECT * FROM read_csv(''{secret}'')')

-- a file is read by a text that names a table
-- expect: refused
-- bites: without the lock
SELECT * FROM query_table('{secret}')

-- a file is read by a statement that was made into JSON
-- expect: refused
-- bites: without the lock
SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM read_csv(''{secret}'')'))

-- a pragma runs a statement that was made into JSON
-- expect: refused
PRAGMA json_execute_serialized_sql('{"statements": []}')

-- a variable chooses the file
-- expect: refused
SELECT * FROM read_csv(getvariable('file'))

-- an address is read
-- expect: refused
SELECT * FROM read_csv('http://127.0.0.1:{port}/x.csv')

-- an address stands for a table
-- expect: refused
FROM 'http://127.0.0.1:{port}/x.parquet'

-- a bucket is read
-- expect: refused
SELECT * FROM read_parquet('s3://127.0.0.1:{port}/x.parquet')

-- a program's output is read
-- expect: refused
SELECT * FROM read_csv('touch {canary} |')

-- an SQLite file is read
-- expect: refused
SELECT * FROM sqlite_scan('{secret}', 'word')

-- a server is read
-- expect: refused
SELECT * FROM postgres_scan('host=127.0.0.1 port={port}', 'public', 't')

-- a file is written
-- expect: refused
-- bites: without the lock
COPY orders TO '{canary}'

-- a file is written from a query
-- expect: refused
-- bites: without the lock
COPY (SELECT 1) TO '{canary}' (FORMAT parquet)

-- the secret is written over
-- expect: refused
-- bites: without the lock
COPY (SELECT 1) TO '{secret}'

-- the database's log is written over
-- expect: refused
COPY (SELECT 1) TO '{database}.wal'

-- rows go to the standard output
-- expect: refused
COPY (SELECT 1) TO '/dev/stdout'

-- rows come in from a file
-- expect: refused
-- bites: without the lock
COPY free FROM '{secret}'

-- the database is copied to files
-- expect: refused
-- bites: without the lock
EXPORT DATABASE '{canary}'

-- a database is brought in from files
-- expect: refused
IMPORT DATABASE '{folder}'

-- another database is made
-- expect: refused
-- bites: without the lock
ATTACH '{canary}' AS other

-- another database is opened
-- expect: refused
ATTACH '{folder}/other.duckdb' AS other (READ_ONLY)

-- a database in memory is opened
-- expect: refused
ATTACH ':memory:' AS scratch

-- a database at an address is opened
-- expect: refused
ATTACH 'http://127.0.0.1:{port}/x.duckdb' AS other

-- the database is let go of
-- expect: refused
DETACH shop

-- an extension is fetched
-- expect: refused
INSTALL httpfs FROM 'http://127.0.0.1:{port}'

-- an extension is loaded
-- expect: refused
LOAD httpfs

-- a library is loaded
-- expect: refused
LOAD '{secret}'

-- extensions are brought up to date
-- expect: refused
UPDATE EXTENSIONS

-- the lock is taken off
-- expect: refused
SET enable_external_access = true

-- the lock's lock is taken off
-- expect: refused
SET lock_configuration = false

-- a folder is allowed
-- expect: refused
SET allowed_directories = ['{folder}']

-- more memory is allowed
-- expect: refused
SET GLOBAL memory_limit = '1TB'

-- a setting of this session is changed
-- expect: refused
SET search_path = 'pg_catalog'

-- a setting is put back
-- expect: refused
RESET disabled_filesystems

-- a setting is changed by a pragma
-- expect: refused
PRAGMA memory_limit = '1TB'

-- the spill folder is moved
-- expect: refused
SET temp_directory = '{canary}'

-- queries are written to a file
-- expect: refused
-- bites: without the lock
SET log_query_path = '{canary}'

-- a log is written to a folder
-- expect: refused
CALL enable_logging(storage = 'file', storage_path = '{canary}')

-- a log is written to a folder, by a query
-- expect: refused
SELECT * FROM enable_logging(storage = 'file', storage_path = '{canary}')

-- a log entry is made
-- expect: refused
SELECT write_log('x')

-- a profile is written to a file
-- expect: refused
PRAGMA profiling_output = '{canary}'

-- profiling is turned on, by a query
-- expect: refused
SELECT * FROM enable_profiling(save_location = '{canary}')

-- profiling is turned on
-- expect: refused
PRAGMA enable_profiling = 'json'

-- a variable is set
-- expect: refused
SET VARIABLE file = '{secret}'

-- a procedure is called
-- expect: refused
CALL duckdb_settings()

-- the database writes itself anew
-- expect: refused
CALL force_checkpoint()

-- the database writes itself anew, by a query
-- expect: refused
SELECT * FROM checkpoint('shop')

-- the database writes itself anew, plainly
-- expect: refused
FORCE CHECKPOINT

-- a secret is kept
-- expect: refused
-- bites: without the lock
CREATE PERSISTENT SECRET word (TYPE http, EXTRA_HTTP_HEADERS MAP {'a': 'b'})

-- a secret is made
-- expect: refused
CREATE SECRET word (TYPE s3, KEY_ID 'a', SECRET 'b')

-- it is asked which secret an address takes
-- expect: refused
SELECT * FROM which_secret('s3://x', 's3')

-- secrets are listed
-- expect: refused
SELECT * FROM duckdb_secrets()

-- settings are listed, and with them paths
-- expect: refused
SELECT name FROM duckdb_settings() WHERE name LIKE 'secret%'

-- a setting is read
-- expect: harmless
SELECT current_setting('memory_limit')

-- the path of this database is listed
-- expect: refused
SELECT path FROM duckdb_databases

-- databases are listed
-- expect: refused
SELECT database_name FROM duckdb_databases()

-- the environment is read
-- expect: refused
SELECT getenv('HOME')

-- a variable of Python stands for a table
-- expect: refused
-- bites: without the lock
SELECT * FROM python_variable

-- a module of Python stands for a table
-- expect: refused
SELECT * FROM os

-- a pointer is made up
-- expect: refused
SELECT * FROM arrow_scan(4096::POINTER, 4096::POINTER, 4096::POINTER)

-- a pointer to Python is made up
-- expect: refused
SELECT * FROM pandas_scan(4096::POINTER)

-- a function of Python is called
-- expect: refused
SELECT * FROM python_map_function((SELECT 1))

-- a resource outside is made
-- expect: refused
SELECT * FROM create_external_resource('file')

-- the engine's log is emptied
-- expect: refused
SELECT * FROM truncate_duckdb_logs()

-- the engine's grammar is changed
-- expect: refused
SELECT * FROM add_grammar_extension('x')

-- rows are put in
-- expect: refused
-- bites: without the lock
INSERT INTO products VALUES (9, 'x', 1, 1)

-- rows are changed
-- expect: refused
-- bites: without the lock
UPDATE orders SET "order day" = NULL RETURNING *

-- rows are deleted
-- expect: refused
-- bites: without the lock
DELETE FROM orders

-- rows are deleted in a CTE
-- expect: refused
WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone

-- rows are deleted deep inside
-- expect: refused
SELECT * FROM (WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone)

-- rows are merged
-- expect: refused
-- bites: without the lock
MERGE INTO products USING (SELECT 1 AS id) AS one ON products.id = one.id WHEN NOT MATCHED THEN INSERT (id) VALUES (77) WHEN MATCHED THEN UPDATE SET price = 0

-- a table is emptied
-- expect: refused
-- bites: without the lock
TRUNCATE orders

-- a table is dropped
-- expect: refused
-- bites: without the lock
DROP TABLE orders

-- a table is made
-- expect: refused
-- bites: without the lock
CREATE TABLE more AS SELECT 1 AS x

-- a table is changed
-- expect: refused
-- bites: without the lock
ALTER TABLE products ADD COLUMN more INTEGER

-- a table is remarked on
-- expect: refused
-- bites: without the lock
COMMENT ON TABLE products IS 'x'

-- a sequence is made
-- expect: refused
-- bites: without the lock
CREATE SEQUENCE more

-- a sequence is stepped
-- expect: refused
-- bites: without the lock
SELECT nextval('counter')

-- a view that reads a file
-- expect: refused
CREATE TEMP VIEW stolen AS SELECT * FROM read_csv('{secret}')

-- a table of this session
-- expect: refused
CREATE TEMP TABLE more AS SELECT 1 AS x

-- a macro of this session
-- expect: refused
CREATE TEMP MACRO customers() AS TABLE SELECT 1

-- a macro that was kept reads a file
-- expect: refused
-- bites: without the lock
SELECT * FROM stealing('{secret}')

-- a view that was kept reads a file
-- expect: refused
SELECT * FROM stolen

-- two statements
-- expect: refused
-- bites: without the lock
SELECT 1; DELETE FROM orders

-- two statements with a comment between
-- expect: refused
-- bites: without the lock
SELECT 1 /* ; */ ; /* */ DELETE FROM orders -- ;

-- two statements, the second in a nested comment's tail
-- expect: refused
-- bites: without the lock
SELECT 1 /* a /* b */ c */; DROP TABLE orders; --

-- two statements, with a text that looks like an escape
-- expect: refused
-- bites: without the lock
SELECT 'a\'; DELETE FROM orders; --'

-- a text in dollars hides nothing
-- expect: harmless
SELECT $$ '; DELETE FROM orders; -- $$

-- a statement in waiting
-- expect: refused
PREPARE kill AS DELETE FROM orders

-- a statement in waiting runs
-- expect: refused
EXECUTE kill

-- a transaction stays open
-- expect: refused
BEGIN TRANSACTION

-- a transaction ends
-- expect: refused
COMMIT

-- the engine tidies up
-- expect: refused
VACUUM ANALYZE

-- another database is taken
-- expect: refused
USE memory

-- a plan that runs what it plans
-- expect: refused
-- bites: without the lock
EXPLAIN ANALYZE DELETE FROM orders

-- a plan that runs what it plans, by an option
-- expect: refused
-- bites: without the lock
EXPLAIN (ANALYZE, FORMAT json) DELETE FROM orders

-- a plan that writes a file
-- expect: refused
-- bites: without the lock
EXPLAIN ANALYZE COPY orders TO '{canary}'

-- a plan that sets
-- expect: refused
EXPLAIN ANALYZE SET memory_limit = '1TB'

-- a plan of a query
-- expect: harmless
EXPLAIN SELECT * FROM orders

-- a plan that runs a query
-- expect: harmless
EXPLAIN ANALYZE SELECT * FROM orders

-- a pivot that is several statements
-- expect: harmless
PIVOT orders ON product_id USING count(*)

-- a pivot that is several statements, and one more
-- expect: refused
-- bites: without the lock
PIVOT orders ON product_id USING count(*); DELETE FROM orders

-- rows are put in after FROM
-- expect: refused
FROM orders INSERT INTO products

-- an error that tells
-- expect: harmless
SELECT error('no')

-- a very large number of columns
-- expect: harmless
SELECT COLUMNS(*) FROM orders, products, customers

-- a query that never ends
-- expect: refused
WITH RECURSIVE forever(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM forever) SELECT max(n) FROM forever

-- a join of everything with everything
-- expect: refused
SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range % 7 = b.range % 11

-- a sleep
-- expect: refused
SELECT sleep_ms(60000)

-- a text of three gigabytes
-- expect: refused
SELECT length(repeat('x', 3000000000))

-- a list of two thousand million numbers
-- expect: refused
SELECT len(range(2000000000))

-- a text that is filled up
-- expect: refused
SELECT length(lpad('x', 2000000000, 'ab'))

-- a distance between long texts
-- expect: refused
SELECT max(levenshtein(repeat('ab', 50000 + range::INT), repeat('ba', 60000))) FROM range(1000)

-- a plan without end
-- expect: refused
SELECT count(*) FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, orders h, orders i, orders j, orders k, orders l, range(1000000) m
