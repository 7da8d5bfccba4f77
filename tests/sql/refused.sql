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
