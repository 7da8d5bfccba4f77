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
