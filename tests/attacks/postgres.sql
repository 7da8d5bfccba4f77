-- rows are deleted
-- expect: refused
-- bites: without the lock
DELETE FROM orders

-- rows are inserted
-- expect: refused
-- bites: without the lock
INSERT INTO products (id, name) VALUES (9, 'x')

-- rows are changed, and the query gives rows
-- expect: refused
-- bites: without the lock
UPDATE products SET price = 0 RETURNING *

-- rows are merged
-- expect: refused
-- bites: without the lock
MERGE INTO products p USING orders o ON p.id = o.id WHEN MATCHED THEN UPDATE SET price = 0

-- a table is emptied
-- expect: refused
-- bites: without the lock
TRUNCATE orders

-- a table is dropped
-- expect: refused
-- bites: without the lock
DROP TABLE orders CASCADE

-- a table is made
-- expect: refused
-- bites: without the lock
CREATE TABLE made AS SELECT * FROM orders

-- a table is made by a query
-- expect: refused
-- bites: without the lock
SELECT * INTO made FROM orders

-- a table is made for the session
-- expect: refused
CREATE TEMP TABLE made AS SELECT * FROM orders

-- a table is made by a query for the session
-- expect: refused
SELECT * INTO TEMP made FROM orders

-- rows are deleted in a common table expression
-- expect: refused
-- bites: without the lock
WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone

-- rows are deleted in a nested common table expression
-- expect: refused
WITH outer_one AS (WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone) SELECT * FROM outer_one

-- rows are inserted after a common table expression
-- expect: refused
-- bites: without the lock
WITH kept AS (SELECT 77 AS id) INSERT INTO products (id) SELECT id FROM kept

-- rows are locked for an update
-- expect: refused
SELECT * FROM orders FOR UPDATE

-- rows are locked against others in a subquery
-- expect: refused
SELECT count(*) FROM (SELECT * FROM orders FOR NO KEY UPDATE) locked

-- rows are locked for sharing
-- expect: refused
SELECT * FROM orders FOR SHARE

-- a table is locked
-- expect: refused
LOCK TABLE orders IN ACCESS EXCLUSIVE MODE

-- a second statement deletes
-- expect: refused
-- bites: without the lock
SELECT 1; DELETE FROM orders

-- a second statement ends the transaction, and others write in a new one
-- expect: refused
-- bites: without the lock
SELECT 1; COMMIT; BEGIN READ WRITE; DELETE FROM orders; COMMIT

-- the statement ends inside of what seems a text, by a backslash
-- expect: refused
-- bites: without the lock
SELECT 'a\'; DELETE FROM orders; --'

-- a text with a backslash hides its end
-- expect: harmless
SELECT E'\'; DELETE FROM orders; --' AS said

-- a text between dollars hides a statement
-- expect: harmless
SELECT $$; DELETE FROM orders; --$$ AS said

-- a text between dollars is closed early
-- expect: refused
-- bites: without the lock
SELECT $a$ $b$ $a$; DELETE FROM orders; --$b$

-- comments within comments hide a statement
-- expect: refused
-- bites: without the lock
/* /* */ SELECT 1 */ DELETE FROM orders

-- a comment seems to end before it does
-- expect: refused
-- bites: without the lock
SELECT 1 /* /* */ */ ; DELETE FROM orders /* */

-- a line comment ends at a carriage return for some readers
-- expect: harmless
SELECT 1 --; DELETE FROM orders

-- a quoted name looks like a statement
-- expect: refused
SELECT "; DELETE FROM orders; --" FROM orders

-- a text in Unicode escapes hides quotes
-- expect: harmless
SELECT U&'\0027; DELETE FROM orders; --' AS said

-- a function that writes, with its owner's rights
-- expect: refused
-- bites: without the lock
SELECT spoil()

-- a function that writes, where no rows are asked for
-- expect: refused
-- bites: without the lock
SELECT count(*) FROM orders WHERE spoil() = 1

-- a view that writes
-- expect: refused
-- bites: without the lock
SELECT * FROM spoiling

-- a function that first lets the transaction write
-- expect: refused
-- bites: without the lock
SELECT loosen()

-- a procedure that ends the transaction and writes
-- expect: refused
-- bites: without the lock
CALL ruin()

-- a block of code that writes
-- expect: refused
-- bites: without the lock
DO $$ BEGIN DELETE FROM orders; END $$

-- a block of code that ends the transaction and writes
-- expect: refused
-- bites: without the lock
DO $$ BEGIN COMMIT; SET TRANSACTION READ WRITE; DELETE FROM orders; COMMIT; END $$

-- the plan of a statement that writes is measured
-- expect: refused
-- bites: without the lock
EXPLAIN ANALYZE DELETE FROM orders

-- the plan of a function that writes is measured
-- expect: refused
-- bites: without the lock
EXPLAIN (ANALYZE, COSTS OFF) SELECT spoil()

-- a statement is prepared for later
-- expect: refused
PREPARE later AS DELETE FROM orders

-- a prepared statement is run
-- expect: refused
EXECUTE later

-- the cursor of the app is taken away
-- expect: refused
CLOSE ALL

-- the transaction is ended
-- expect: refused
COMMIT

-- the transaction is let write
-- expect: refused
SET TRANSACTION READ WRITE

-- later transactions are let write
-- expect: refused
SET default_transaction_read_only = off

-- the bound of time is taken off
-- expect: refused
RESET statement_timeout

-- all bounds are taken off
-- expect: refused
DISCARD ALL

-- another role is taken on
-- expect: refused
SET ROLE postgres

-- the transaction is let write by a function
-- expect: refused
SELECT set_config('transaction_read_only', 'off', false)

-- the bound of time is taken off by a function, in the query that it bounds
-- expect: refused
SELECT set_config('statement_timeout', '0', false), count(*) FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, orders h, orders i, orders j, orders k, orders l

-- another role is taken on by a function
-- expect: refused
SELECT set_config('role', 'postgres', true)

-- a table is copied into a file
-- expect: refused
COPY orders TO '{canary}'

-- a table is copied into a program
-- expect: refused
COPY orders TO PROGRAM 'cat > {canary}'

-- a table is copied to the client
-- expect: refused
COPY orders TO STDOUT

-- a file is copied into a table
-- expect: refused
COPY customers (name) FROM '{secret}'

-- a file is read
-- expect: refused
SELECT pg_read_file('{secret}')

-- a file is read as bytes
-- expect: refused
SELECT encode(pg_read_binary_file('{secret}'), 'hex')

-- a folder is listed
-- expect: refused
SELECT pg_ls_dir('{folder}')

-- the server's log folder is listed
-- expect: refused
SELECT * FROM pg_ls_logdir()

-- a file is asked about
-- expect: refused
SELECT * FROM pg_stat_file('{secret}')

-- a file becomes a large object
-- expect: refused
SELECT lo_import('{secret}')

-- a large object becomes a file
-- expect: refused
SELECT lo_export(4242, '{canary}')

-- a large object is made
-- expect: refused
-- bites: without the lock
SELECT lo_from_bytea(0, 'x')

-- a large object is written into
-- expect: refused
-- bites: without the lock
SELECT lo_put(4242, 0, 'changed')

-- a large object is removed
-- expect: refused
-- bites: without the lock
SELECT lo_unlink(4242)

-- a sequence goes on
-- expect: refused
-- bites: without the lock
SELECT nextval('counter')

-- a sequence is set
-- expect: refused
-- bites: without the lock
SELECT setval('counter', 1000)

-- SQL in a text writes
-- expect: refused
SELECT query_to_xml('DELETE FROM orders', true, true, '')

-- SQL in a text calls a function that writes
-- expect: refused
-- bites: without the lock
SELECT query_to_xml('SELECT spoil()', true, true, '')

-- the server waits
-- expect: refused
SELECT pg_sleep(1000)

-- the server waits, for each row
-- expect: refused
SELECT id FROM orders WHERE pg_sleep_for('1 hour') IS NULL

-- the role's other sessions are ended
-- expect: refused
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user

-- the role's other queries are stopped
-- expect: refused
SELECT pg_cancel_backend(pid) FROM pg_stat_activity

-- a lock is kept by the session
-- expect: refused
SELECT pg_advisory_lock(1), pg_advisory_lock(2)

-- a notice is sent to others
-- expect: refused
SELECT pg_notify('channel', 'x')

-- a notice is sent to others by a statement
-- expect: refused
NOTIFY channel, 'x'

-- notices are listened to
-- expect: refused
LISTEN channel

-- the settings are read anew
-- expect: refused
SELECT pg_reload_conf()

-- counts of the server are forgotten
-- expect: refused
SELECT pg_stat_reset()

-- the digests of passwords are read
-- expect: refused
SELECT passwd FROM pg_shadow

-- the server's own table of passwords is read
-- expect: refused
SELECT rolpassword FROM pg_authid

-- a role is made
-- expect: refused
CREATE ROLE intruder LOGIN SUPERUSER

-- a right is given away
-- expect: refused
-- bites: without the lock
GRANT ALL ON orders TO PUBLIC

-- a function is made
-- expect: refused
-- bites: without the lock
CREATE FUNCTION made() RETURNS int LANGUAGE sql AS 'SELECT 1'

-- an extension that reaches other servers is made
-- expect: refused
CREATE EXTENSION dblink

-- a library is loaded
-- expect: refused
LOAD 'auto_explain'

-- a server is named to be reached
-- expect: refused
CREATE SUBSCRIPTION taken CONNECTION 'host=127.0.0.1 port={port}' PUBLICATION p

-- one value of a gigabyte
-- expect: refused
SELECT repeat('x', 1000000000)

-- a value of many gigabytes, part by part
-- expect: refused
SELECT string_agg(repeat('x', 1000000), '') FROM generate_series(1, 10000)

-- a list of millions is gathered
-- expect: refused
SELECT array_agg(a || '-' || b) FROM generate_series(1, 10000) a, generate_series(1, 10000) b

-- rows without end are counted
-- expect: refused
SELECT count(*) FROM generate_series(1, 1000000000000)

-- rows without end are asked for
-- expect: harmless
SELECT * FROM generate_series(1, 1000000000000)

-- tables are multiplied
-- expect: refused
SELECT count(*) FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, orders h, orders i, orders j, orders k, orders l, orders m, orders n

-- a recursion without end
-- expect: refused
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n

-- a recursion that doubles its text
-- expect: refused
WITH RECURSIVE n(i) AS (SELECT 'x' UNION ALL SELECT i || i FROM n) SELECT max(length(i)) FROM n

-- a pattern that takes for ever
-- expect: refused
SELECT count(*) FROM generate_series(1, 100000) WHERE repeat('a', 20000) || generate_series ~ '(a+)+(b|c)(a*)*\1$'

-- a plan of a query
-- expect: harmless
EXPLAIN SELECT * FROM orders

-- a plan of a function that writes is only drawn
-- expect: harmless
EXPLAIN SELECT spoil()

-- a plan of a query, and then a statement that writes
-- expect: refused
-- bites: without the lock
EXPLAIN SELECT 1; DELETE FROM orders

-- a plan of a query, the transaction ended, and then a statement that writes
-- expect: refused
-- bites: without the lock
EXPLAIN SELECT 1; COMMIT; DELETE FROM orders

-- a plan of a query in brackets, and then a transaction that may write
-- expect: refused
-- bites: without the lock
EXPLAIN (SELECT 1); ROLLBACK; BEGIN READ WRITE; DELETE FROM orders; COMMIT

-- a plan of a deletion within a query
-- expect: refused
EXPLAIN WITH gone AS (DELETE FROM orders RETURNING id) SELECT * FROM gone

-- the plan of a deletion within a query is measured
-- expect: refused
-- bites: without the lock
EXPLAIN (ANALYZE) WITH gone AS (DELETE FROM orders RETURNING id) SELECT * FROM gone

-- a plan of a table that is made of a query
-- expect: refused
EXPLAIN SELECT * INTO made FROM orders
