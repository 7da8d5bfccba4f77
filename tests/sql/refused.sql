-- two statements
-- dialect: duckdb
SELECT 1; DROP TABLE t

-- a table dropped
-- dialect: duckdb
DROP TABLE t

-- rows deleted inside a common table expression
-- dialect: postgres
WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone

-- rows changed
-- dialect: sqlite
UPDATE t SET a = 1

-- rows put in
-- dialect: sqlite
INSERT INTO t SELECT 1

-- rows put in, in the SQLite manner
-- dialect: sqlite
REPLACE INTO t VALUES (1)

-- a table made from a query
-- dialect: duckdb
CREATE TABLE u AS SELECT 1

-- a table made in the PostgreSQL manner
-- dialect: postgres
SELECT * INTO u FROM t

-- rows locked
-- dialect: postgres
SELECT * FROM t FOR UPDATE

-- a file written
-- dialect: duckdb
COPY t TO 'out.csv'

-- another database opened
-- dialect: sqlite
ATTACH 'other.db' AS other

-- a setting changed
-- dialect: duckdb
SET memory_limit = '100GB'

-- a pragma
-- dialect: sqlite
PRAGMA query_only = 0

-- the database written to a file
-- dialect: sqlite
VACUUM INTO 'copy.db'

-- an extension brought in
-- dialect: duckdb
INSTALL httpfs

-- a procedure called
-- dialect: duckdb
CALL pragma_version()

-- a comment that MySQL runs
-- dialect: mysql
SELECT 1 /*! INTO OUTFILE '/tmp/x' */

-- a comment that MariaDB runs
-- dialect: mysql
SELECT 1 /*M! INTO OUTFILE '/tmp/x' */

-- a transaction begun
-- dialect: duckdb
BEGIN

-- a right granted
-- dialect: postgres
GRANT ALL ON t TO PUBLIC

-- a plan that runs what it plans
-- dialect: postgres
EXPLAIN ANALYZE DELETE FROM t

-- not a statement at all
-- dialect: duckdb
hello

-- rows deleted inside a common table expression in DuckDB
-- dialect: duckdb
WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone

-- rows put in deep inside
-- dialect: postgres
SELECT * FROM (WITH a AS (SELECT 1), b AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM b) AS c

-- rows merged
-- dialect: duckdb
MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE

-- rows shared among readers only
-- dialect: postgres
SELECT * FROM t FOR SHARE

-- rows locked in MySQL
-- dialect: mysql
SELECT * FROM t LOCK IN SHARE MODE

-- rows into a file
-- dialect: mysql
SELECT * INTO OUTFILE '/tmp/x' FROM t

-- rows into a file, last
-- dialect: mysql
SELECT a FROM t WHERE b = 1 INTO OUTFILE '/tmp/x' FIELDS TERMINATED BY ','

-- a row into a file
-- dialect: mysql
SELECT 1 INTO DUMPFILE '/tmp/x'

-- a value into a variable
-- dialect: mysql
SELECT a FROM t LIMIT 1 INTO @a

-- a variable set on the way
-- dialect: mysql
SELECT @a := @a + 1 FROM t

-- a minus that is no comment
-- dialect: mysql
SELECT 1 --1 INTO OUTFILE '/tmp/x'

-- a comment for one version of MySQL
-- dialect: mysql
SELECT /*!50000 1 */ + 1

-- a comment that runs, in the middle of others
-- dialect: mysql
SELECT 1 /* a */ # b
/*! INTO OUTFILE '/tmp/x' */ -- c

-- a handler opened
-- dialect: mysql
HANDLER t OPEN

-- an expression done
-- dialect: mysql
DO SLEEP(1)

-- a file loaded
-- dialect: mysql
LOAD DATA INFILE 'x' INTO TABLE t

-- a file read in MySQL
-- dialect: mysql
SELECT LOAD_FILE('/etc/passwd')

-- a wait in MySQL
-- dialect: mysql
SELECT a FROM t WHERE IF(a > 1, SLEEP(5), 0)

-- work for nothing
-- dialect: mysql
SELECT BENCHMARK(1000000, SHA1('a'))

-- a lock with a name
-- dialect: mysql
SELECT GET_LOCK('a', 10)

-- a sequence stepped in MariaDB
-- dialect: mysql
SELECT NEXTVAL(s)

-- a wait
-- dialect: postgres
SELECT pg_sleep(10)

-- a wait in another spelling
-- dialect: postgres
SELECT * FROM pg_catalog . "pg_sleep_for" ('5 minutes')

-- a file read on the server
-- dialect: postgres
SELECT pg_read_file('/etc/passwd')

-- a folder listed on the server
-- dialect: postgres
SELECT * FROM pg_ls_dir('/') AS f

-- a file written on the server
-- dialect: postgres
SELECT lo_export(1, '/tmp/x')

-- another server asked
-- dialect: postgres
SELECT * FROM dblink('host=x', 'DELETE FROM t') AS t(a int)

-- a sequence stepped
-- dialect: postgres
SELECT nextval('s')

-- a sequence set
-- dialect: postgres
SELECT setval('s', 1)

-- a setting changed by a function
-- dialect: postgres
SELECT set_config('transaction_read_only', 'off', false)

-- a connection ended
-- dialect: postgres
SELECT pg_terminate_backend(pid) FROM pg_stat_activity

-- a lock taken by a function
-- dialect: postgres
SELECT pg_advisory_lock(1)

-- a message sent
-- dialect: postgres
SELECT pg_notify('a', 'b')

-- a slot read, which moves it
-- dialect: postgres
SELECT * FROM pg_logical_slot_get_changes('s', NULL, NULL)

-- SQL in a text
-- dialect: postgres
SELECT query_to_xml('DELETE FROM t', true, true, '')

-- a transaction numbered
-- dialect: postgres
SELECT txid_current()

-- settings read anew
-- dialect: postgres
SELECT pg_reload_conf()

-- a block of code
-- dialect: postgres
DO $$ BEGIN DELETE FROM t; END $$

-- a program run
-- dialect: postgres
COPY (SELECT 1) TO PROGRAM 'id'

-- a plan with options that runs what it plans
-- dialect: postgres
EXPLAIN (ANALYZE, BUFFERS) UPDATE t SET a = 1

-- a plan in words that runs what it plans
-- dialect: duckdb
EXPLAIN ANALYZE INSERT INTO t VALUES (1)

-- a plan of a deletion
-- dialect: sqlite
EXPLAIN QUERY PLAN DELETE FROM t

-- a plan of a deletion in MySQL
-- dialect: mysql
EXPLAIN ANALYZE DELETE FROM t

-- a plan of a plan
-- dialect: duckdb
EXPLAIN EXPLAIN ANALYZE DELETE FROM t

-- a plan, and then another statement
-- dialect: duckdb
EXPLAIN SELECT 1; DROP TABLE t

-- a setting shown, for which PostgreSQL's cursor has no rows
-- dialect: postgres
SHOW search_path

-- something shown, and then another statement
-- dialect: postgres
SHOW search_path; DROP TABLE t

-- statements after one that cannot be read
-- dialect: duckdb
SELECT 1 FROM; EXPORT DATABASE 'x'

-- a database written to files
-- dialect: duckdb
EXPORT DATABASE 'x'

-- extensions brought up to date
-- dialect: duckdb
UPDATE EXTENSIONS

-- a file read
-- dialect: duckdb
SELECT * FROM read_csv('x.csv')

-- a file read, in a common table expression
-- dialect: duckdb
WITH a AS (FROM "read_parquet"('x.parquet')) SELECT * FROM a

-- a file's text read
-- dialect: duckdb
SELECT content FROM read_text('x')

-- files listed
-- dialect: duckdb
SELECT * FROM glob('*')

-- a file's kind guessed
-- dialect: duckdb
FROM sniff_csv('x')

-- SQL in a text in DuckDB
-- dialect: duckdb
SELECT * FROM query('SELECT 1')

-- a table named by a text
-- dialect: duckdb
SELECT * FROM query_table(['t', 'u'])

-- SQL in JSON
-- dialect: duckdb
SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))

-- a path in the place of a table
-- dialect: duckdb
SELECT * FROM '/data/x.csv'

-- an address in the place of a table
-- dialect: duckdb
SELECT a FROM t JOIN 'https://example.com/x.parquet' AS u USING (a)

-- a pattern in the place of a table
-- dialect: duckdb
FROM '*.csv'

-- a path summarized
-- dialect: duckdb
SUMMARIZE '/data/x.csv'

-- a sequence stepped in DuckDB
-- dialect: duckdb
SELECT nextval('s')

-- a log turned on by a function
-- dialect: duckdb
SELECT * FROM enable_logging()

-- a library loaded
-- dialect: sqlite
SELECT load_extension('x')

-- a tokenizer's address
-- dialect: sqlite
SELECT fts3_tokenizer('simple')

-- a file read in SQLite
-- dialect: sqlite
SELECT readfile('x')

-- a comment's end inside a comment
-- dialect: sqlite
SELECT 1 /* /* */ ; DROP TABLE t -- */
