-- a plain query
-- dialect: duckdb
SELECT 1;

-- a semicolon inside a literal is not an end
-- dialect: sqlite
SELECT group_concat(name, '; ') FROM singer;

-- a word of writing inside a literal or a name
-- dialect: duckdb
SELECT 'drop table t' AS "delete", "update" FROM t;

-- a common table expression
-- dialect: sqlite
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 5) SELECT x FROM n;

-- DuckDB's order of clauses
-- dialect: duckdb
FROM t SELECT a;

-- the whole of a table
-- dialect: duckdb
FROM t;

-- rows without a table
-- dialect: duckdb
VALUES (1), (2);

-- what a table is made of
-- dialect: duckdb
DESCRIBE t;

-- figures of every column
-- dialect: duckdb
SUMMARIZE t;

-- the names of the tables
-- dialect: duckdb
SHOW TABLES;

-- rows into columns
-- dialect: duckdb
PIVOT t ON a USING count(*);

-- two queries put together
-- dialect: postgres
(SELECT 1) UNION (SELECT 2);

-- names in the SQLite manner
-- dialect: sqlite
SELECT [a], `b` FROM t WHERE c ISNULL;

-- a comment that says nothing
-- dialect: mysql
SELECT /* all of it */ 1;

-- Chinese names
-- dialect: duckdb
SELECT "城市" FROM "订单" WHERE "客户" = '王芳';

-- two semicolons at the end
-- dialect: duckdb
SELECT 1;;

-- a plan
-- dialect: duckdb
EXPLAIN SELECT a FROM t

-- a plan, run
-- dialect: duckdb
EXPLAIN ANALYZE SELECT a FROM t

-- a plan as JSON
-- dialect: duckdb
EXPLAIN (FORMAT json) SELECT a FROM t

-- a plan of a query in parentheses
-- dialect: duckdb
EXPLAIN (SELECT 1)

-- a plan in SQLite
-- dialect: sqlite
EXPLAIN QUERY PLAN SELECT a FROM t

-- a plan of each step in SQLite
-- dialect: sqlite
EXPLAIN SELECT a FROM t

-- a plan in PostgreSQL
-- dialect: postgres
EXPLAIN (ANALYZE, BUFFERS, FORMAT json) SELECT a FROM t

-- a plan in words in PostgreSQL
-- dialect: postgres
EXPLAIN ANALYZE VERBOSE SELECT a FROM t

-- a plan in MySQL
-- dialect: mysql
EXPLAIN FORMAT=JSON SELECT a FROM t

-- a plan after a comment, over lines
-- dialect: duckdb
/* how? */ EXPLAIN -- this
ANALYZE SELECT a FROM t

-- a whole table in the PostgreSQL manner
-- dialect: postgres
TABLE t

-- a whole table in the DuckDB manner
-- dialect: duckdb
TABLE t

-- rows without a table in SQLite
-- dialect: sqlite
VALUES (1), (2);

-- what a query gives
-- dialect: duckdb
DESCRIBE SELECT a FROM t

-- what a table is made of, by another word
-- dialect: duckdb
SHOW t

-- what there is
-- dialect: duckdb
SHOW ALL TABLES

-- figures of a query
-- dialect: duckdb
SUMMARIZE SELECT a FROM t

-- columns into rows
-- dialect: duckdb
UNPIVOT t ON a, b INTO NAME n VALUE v

-- columns into rows, in a query
-- dialect: duckdb
SELECT * FROM (UNPIVOT t ON COLUMNS(* EXCLUDE (id)) INTO NAME n VALUE v)

-- rows into columns of a common table expression
-- dialect: duckdb
WITH c AS (FROM t) PIVOT c ON a USING sum(b) GROUP BY d

-- tables shown
-- dialect: mysql
SHOW FULL TABLES

-- a table's making shown
-- dialect: mysql
SHOW CREATE TABLE t

-- what a table is made of in MySQL
-- dialect: mysql
DESC t

-- tables named like functions that do more than read
-- dialect: duckdb
SELECT query.a, "glob".b FROM query JOIN "glob" USING (id) JOIN read_csv ON read_csv.id = query.id

-- a common table expression named like such a function, with columns
-- dialect: duckdb
WITH query(a) AS (SELECT 1) SELECT a FROM query

-- columns named like such functions
-- dialect: mysql
SELECT sleep, benchmark FROM nights WHERE sleep > 8

-- a table named like such a function
-- dialect: postgres
SELECT pg_sleep, nextval FROM pg_read_file AS dblink

-- columns of a report named like such functions
-- dialect: sqlite
SELECT edit, readfile FROM writefile

-- functions with names nearly like such
-- dialect: postgres
SELECT length(a), least(b, c), set_byte(d, 0, 1), pg_typeof(e), pg_size_pretty(pg_table_size('t')) FROM t

-- functions with names like writing
-- dialect: sqlite
SELECT replace(a, 'x', 'y'), coalesce(b, 0) FROM t

-- functions with names like writing in MySQL
-- dialect: mysql
SELECT INSERT(a, 1, 2, 'x'), REPLACE(a, 'x', 'y'), TRUNCATE(b, 2), LEFT(c, 3) FROM t

-- names like writing
-- dialect: mysql
SELECT `update`, `delete`, `into`, t.`lock` FROM `insert` AS t

-- names like writing, without quotes where they may be so
-- dialect: postgres
SELECT t.update, t.copy AS call, comment FROM t

-- INTO in a text
-- dialect: mysql
SELECT 'SELECT 1 INTO OUTFILE ''x''' AS a, "DROP TABLE t" AS b

-- a file's name in a text
-- dialect: duckdb
SELECT count(*) FROM t WHERE path = '/etc/passwd' OR path IN ('http://x/y.csv') OR path LIKE 'read_csv(%'

-- a text in the place of a table
-- dialect: duckdb
SELECT * FROM 'flights'

-- a file's bare name in the place of a table, which may be a slip
-- dialect: duckdb
SELECT * FROM 'flights.csv'

-- a table with an odd name
-- dialect: duckdb
SELECT * FROM "data/2024.csv"

-- comments that say writing
-- dialect: postgres
SELECT 1 /* ; DROP TABLE t; /* nested */ */ -- ; DELETE FROM t

-- the same in MySQL
-- dialect: mysql
SELECT 1 # ; DROP TABLE t

-- two minus signs and a space
-- dialect: mysql
SELECT 1 -- all of it

-- a minus sign before a minus sign
-- dialect: mysql
SELECT 5 - -1

-- a hint
-- dialect: mysql
SELECT /*+ MAX_EXECUTION_TIME(1000) */ a FROM t

-- a variable read
-- dialect: mysql
SELECT @@version, @a

-- a comment that only MySQL would run
-- dialect: postgres
SELECT 1 /*! all of it */

-- an escape in a text
-- dialect: mysql
SELECT 'a\'; DROP TABLE t; -- '

-- an escape in a text in the PostgreSQL manner
-- dialect: postgres
SELECT E'a\'; DROP TABLE t; --'

-- a text in dollars
-- dialect: postgres
SELECT $$ '; DROP TABLE t; -- $$, $q$ DELETE $q$

-- a text in dollars in DuckDB
-- dialect: duckdb
SELECT $$ '; DROP TABLE t; -- $$

-- a condition on a window
-- dialect: duckdb
SELECT a, row_number() OVER (PARTITION BY a ORDER BY b) AS n FROM t QUALIFY n = 1

-- a window with a name
-- dialect: sqlite
SELECT lag(a, 1) OVER w, sum(a) FILTER (WHERE a > 0) OVER w FROM t WINDOW w AS (ORDER BY b ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)

-- all columns but one
-- dialect: duckdb
SELECT * EXCLUDE (a) REPLACE (upper(b) AS b) RENAME (c AS d) FROM t

-- columns by a pattern
-- dialect: duckdb
SELECT min(COLUMNS('a.*')) FROM t

-- the nearest row of another table
-- dialect: duckdb
SELECT * FROM t ASOF JOIN u ON t.a = u.a AND t.at >= u.at

-- rows side by side
-- dialect: duckdb
SELECT * FROM t POSITIONAL JOIN u

-- a small function
-- dialect: duckdb
SELECT list_transform([1, 2], lambda x: x + 1), list_filter(a, x -> x > 1) FROM t

-- a list made of a list
-- dialect: duckdb
SELECT [x * 2 FOR x IN [1, 2, 3] IF x > 1]

-- records and maps
-- dialect: duckdb
SELECT {'a': 1, 'b': [1, 2]}.b[1:2], MAP {'a': 1}['a']

-- arrows into JSON
-- dialect: postgres
SELECT a -> 'b' ->> 'c', a #>> '{b,c}', a @> '{"b": 1}' FROM t

-- arrows into JSON in SQLite
-- dialect: sqlite
SELECT a ->> '$.b', value FROM t, json_each(t.a, '$.c')

-- grouping by all
-- dialect: duckdb
SELECT a, b, sum(c) FROM t GROUP BY ALL ORDER BY ALL LIMIT 10%

-- several groupings
-- dialect: postgres
SELECT a, b, count(*) FROM t GROUP BY GROUPING SETS ((a, b), ROLLUP (a), ())

-- the first of each
-- dialect: postgres
SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b DESC

-- a subquery beside its table
-- dialect: postgres
SELECT t.a, u.b FROM t LEFT JOIN LATERAL (SELECT b FROM u WHERE u.a = t.a LIMIT 1) AS u ON TRUE

-- a percentile
-- dialect: postgres
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM t

-- a sample
-- dialect: duckdb
SELECT * FROM t USING SAMPLE 10 PERCENT

-- a range of numbers
-- dialect: duckdb
SELECT range FROM range(10)

-- what the database knows of itself
-- dialect: duckdb
SELECT table_name FROM duckdb_tables() WHERE NOT internal

-- columns of a table as rows
-- dialect: sqlite
SELECT name, type FROM pragma_table_info('t')

-- union by name
-- dialect: duckdb
SELECT a FROM t UNION ALL BY NAME SELECT a, b FROM u

-- recursion with a key
-- dialect: duckdb
WITH RECURSIVE r(a, b) USING KEY (a) AS (SELECT 1, 2 UNION SELECT a, b FROM r) FROM r

-- joins without conditions
-- dialect: sqlite
SELECT 1 FROM a JOIN b JOIN c JOIN d JOIN e JOIN f WHERE a.x = b.x

-- a full-text search
-- dialect: mysql
SELECT a FROM t WHERE MATCH(a) AGAINST ('+x -y' IN BOOLEAN MODE)

-- a search in SQLite
-- dialect: sqlite
SELECT highlight(t, 0, '<', '>') FROM t WHERE t MATCH 'x' AND a GLOB 'x*' AND b REGEXP 'y'

-- a semicolon, space and a semicolon at the end
-- dialect: sqlite
SELECT 1;;
