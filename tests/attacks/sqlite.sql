-- rows are put in
-- expect: refused
-- bites: without the lock
INSERT INTO products VALUES (9, 'x', 1, 1)

-- rows are put in the other way
-- expect: refused
-- bites: without the lock
REPLACE INTO products VALUES (1, 'x', 1, 1)

-- rows are changed
-- expect: refused
-- bites: without the lock
UPDATE products SET price = 0 RETURNING *

-- rows are deleted
-- expect: refused
-- bites: without the lock
DELETE FROM orders RETURNING *

-- rows are deleted after a CTE
-- expect: refused
-- bites: without the lock
WITH these AS (SELECT 1) DELETE FROM orders

-- rows are deleted in a CTE
-- expect: refused
WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone

-- rows are put in through a view
-- expect: refused
-- bites: without the lock
INSERT INTO doors VALUES (1)

-- a table is made
-- expect: refused
-- bites: without the lock
CREATE TABLE more (x)

-- a table is made from a query
-- expect: refused
-- bites: without the lock
CREATE TABLE more AS SELECT * FROM orders

-- a table is dropped
-- expect: refused
-- bites: without the lock
DROP TABLE orders

-- a table is renamed
-- expect: refused
-- bites: without the lock
ALTER TABLE orders RENAME TO more

-- an index is made
-- expect: refused
-- bites: without the lock
CREATE INDEX more ON orders (customer_id)

-- a trigger is made
-- expect: refused
-- bites: without the lock
CREATE TRIGGER more AFTER INSERT ON orders BEGIN DELETE FROM orders; END

-- a table of this session
-- expect: refused
CREATE TEMP TABLE more (x)

-- a view of this session
-- expect: refused
CREATE TEMP VIEW customers AS SELECT 1

-- a trigger of this session
-- expect: refused
CREATE TEMP TRIGGER more AFTER INSERT ON orders BEGIN SELECT 1; END

-- a table that is no table
-- expect: refused
-- bites: without the lock
CREATE VIRTUAL TABLE more USING fts5(x)

-- a table that reads a file
-- expect: refused
CREATE VIRTUAL TABLE temp.more USING csv(filename = '{secret}')

-- the schema itself is changed
-- expect: refused
UPDATE sqlite_master SET sql = 'CREATE TABLE orders (x)'

-- the schema is made writable
-- expect: refused
PRAGMA writable_schema = 1

-- the whole schema is put back
-- expect: refused
PRAGMA writable_schema = RESET

-- another database is opened
-- expect: refused
ATTACH '{folder}/other.sqlite' AS other

-- another database is made
-- expect: refused
-- bites: without the lock
ATTACH '{canary}' AS other

-- another database is made, by an address
-- expect: refused
-- bites: without the lock
ATTACH 'file:{canary}?mode=rwc' AS other

-- a database in memory is opened
-- expect: refused
ATTACH ':memory:' AS other

-- the database is let go of
-- expect: refused
DETACH main

-- the database is copied to a file
-- expect: refused
-- bites: without the lock
VACUUM INTO '{canary}'

-- the database is copied to a file that is put together
-- expect: refused
-- bites: without the lock
VACUUM main INTO '{folder}' || '/canary.csv'

-- the database is written anew
-- expect: refused
VACUUM

-- figures are kept
-- expect: refused
-- bites: without the lock
ANALYZE

-- indexes are made anew
-- expect: refused
REINDEX

-- reading only is turned off
-- expect: refused
PRAGMA query_only = 0

-- reading only is turned off, as a call
-- expect: refused
PRAGMA main.query_only(0)

-- trust is turned on
-- expect: refused
PRAGMA trusted_schema = 1

-- the journal is changed
-- expect: refused
-- bites: without the lock
PRAGMA journal_mode = WAL

-- the journal is turned off, by a table
-- expect: refused
SELECT * FROM pragma_journal_mode('off')

-- the log is written back
-- expect: refused
PRAGMA wal_checkpoint(TRUNCATE)

-- the folder for temporary files is moved
-- expect: refused
PRAGMA temp_store_directory = '{folder}'

-- a mark in the file is changed
-- expect: refused
-- bites: without the lock
PRAGMA user_version = 7

-- another mark in the file is changed
-- expect: refused
-- bites: without the lock
PRAGMA application_id = 7

-- the schema's mark is changed
-- expect: refused
-- bites: without the lock
PRAGMA schema_version = 70

-- a limit is taken off
-- expect: refused
PRAGMA hard_heap_limit = 0

-- more memory is mapped
-- expect: refused
PRAGMA mmap_size = 1000000000

-- threads are started
-- expect: refused
PRAGMA threads = 8

-- the file's path is read
-- expect: refused
PRAGMA database_list

-- the file's path is read, by a table
-- expect: refused
SELECT * FROM pragma_database_list

-- the file's path is read, by a table with its schema
-- expect: refused
SELECT file FROM main.pragma_database_list()

-- functions are listed
-- expect: refused
SELECT * FROM pragma_function_list

-- modules are listed
-- expect: refused
SELECT * FROM pragma_module_list

-- options are listed
-- expect: refused
SELECT * FROM pragma_compile_options

-- the engine's upkeep runs, by a table
-- expect: refused
SELECT * FROM pragma_optimize

-- the file is checked, by a table
-- expect: refused
SELECT * FROM pragma_integrity_check

-- columns are listed, by a table
-- expect: harmless
SELECT name FROM pragma_table_info('orders')

-- columns are listed, by a table that a table feeds
-- expect: harmless
SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'

-- columns are listed
-- expect: refused
PRAGMA table_info(orders)

-- a plan of a pragma
-- expect: refused
EXPLAIN PRAGMA query_only = 0

-- a library is loaded
-- expect: refused
SELECT load_extension('{secret}')

-- a library is loaded, with its way in
-- expect: refused
SELECT LOAD_EXTENSION('{secret}', 'init')

-- a library is loaded by a view
-- expect: refused
SELECT * FROM loading

-- a library is loaded in an expression that is not needed
-- expect: refused
SELECT iif(1, 1, load_extension('{secret}'))

-- a tokenizer's address is told
-- expect: refused
SELECT hex(fts3_tokenizer('simple'))

-- a tokenizer's address is changed
-- expect: refused
SELECT fts3_tokenizer('simple', x'4141414141414141')

-- a tokenizer's address is told by a view
-- expect: refused
SELECT * FROM telling

-- a file is read
-- expect: refused
SELECT readfile('{secret}')

-- a file is written
-- expect: refused
SELECT writefile('{canary}', 'x')

-- an editor is opened
-- expect: refused
SELECT edit('x', 'touch {canary}')

-- files are listed
-- expect: refused
SELECT * FROM fsdir('{folder}')

-- the file's pages are read
-- expect: refused
SELECT * FROM sqlite_dbpage

-- the file's pages are counted
-- expect: harmless
SELECT * FROM dbstat

-- the statements of this session are listed
-- expect: harmless
SELECT * FROM sqlite_stmt

-- the engine's own code is read
-- expect: refused
SELECT * FROM bytecode('SELECT 1')

-- the schema is read
-- expect: harmless
SELECT name, sql FROM sqlite_master

-- the schema of this session is read
-- expect: harmless
SELECT * FROM sqlite_temp_master

-- a transaction is begun
-- expect: refused
BEGIN EXCLUSIVE

-- a mark to go back to
-- expect: refused
SAVEPOINT here

-- a mark is let go
-- expect: refused
RELEASE here

-- a transaction is ended
-- expect: refused
ROLLBACK

-- two statements
-- expect: refused
SELECT 1; DELETE FROM orders

-- two statements, the second behind a comment's end
-- expect: refused
SELECT 1 /* /* */ ; DELETE FROM orders -- */ */

-- two statements, with a text that looks like an escape
-- expect: refused
SELECT 'a\'; DELETE FROM orders; --'

-- two statements with a bracket around
-- expect: refused
SELECT [a; DELETE FROM orders; --]

-- a comment that does not end
-- expect: refused
SELECT 1 /* DELETE FROM orders

-- a statement that a library's comment would run
-- expect: harmless
SELECT 1 /*! ; DELETE FROM orders */

-- a plan of a deletion
-- expect: refused
EXPLAIN DELETE FROM orders

-- a plan of a query's steps
-- expect: harmless
EXPLAIN SELECT * FROM orders

-- a plan of a query
-- expect: harmless
EXPLAIN QUERY PLAN SELECT * FROM orders

-- a view is read
-- expect: harmless
SELECT * FROM sold

-- a column that is made up
-- expect: harmless
SELECT twice FROM made

-- a search
-- expect: harmless
SELECT * FROM notes WHERE notes MATCH 'tea'

-- a search index is written anew
-- expect: refused
INSERT INTO notes(notes) VALUES ('rebuild')

-- a search chooses how it ranks
-- expect: harmless
SELECT * FROM notes WHERE notes MATCH 'tea' AND rank MATCH 'bm25(1)' ORDER BY rank

-- a table with an evil name
-- expect: harmless
SELECT * FROM "x; DELETE FROM orders; --"

-- JSON is unfolded
-- expect: harmless
SELECT value FROM json_each('[1, 2]')

-- an error that is raised
-- expect: refused
SELECT raise(ABORT, 'x')

-- a text of nine hundred million bytes
-- expect: refused
SELECT zeroblob(900000000)

-- as many bytes by chance
-- expect: refused
SELECT length(randomblob(900000000))

-- a text in hexadecimal digits
-- expect: refused
SELECT length(hex(zeroblob(400000000)))

-- a text that is replaced by more
-- expect: refused
SELECT length(replace(hex(zeroblob(400000)), '0', hex(zeroblob(400000))))

-- a text that is put together without end
-- expect: refused
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 100000) SELECT length(group_concat(hex(zeroblob(100000)))) FROM n

-- a pattern that goes back and forth
-- expect: harmless
SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab' LIKE '%a%a%a%a%a%b%c'

-- a query that never ends
-- expect: refused
WITH RECURSIVE forever(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM forever) SELECT max(n) FROM forever

-- a sort that never begins
-- expect: refused
WITH RECURSIVE forever(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM forever) SELECT n FROM forever ORDER BY n DESC

-- a text in a format
-- expect: refused
SELECT length(printf('%.*c', 900000000, 'x'))

-- a search for half a text in it
-- expect: refused
SELECT instr(replace(hex(zeroblob(490000)), '0', 'a'), replace(hex(zeroblob(240000)), '0', 'a') || 'b')
