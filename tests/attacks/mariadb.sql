-- rows are deleted
-- expect: refused
-- bites: without the lock
DELETE FROM orders

-- rows are deleted and given
-- expect: refused
-- bites: without the lock
DELETE FROM orders RETURNING id

-- rows are inserted
-- expect: refused
-- bites: without the lock
INSERT INTO products (id, name) VALUES (9, 'x')

-- rows are replaced
-- expect: refused
-- bites: without the lock
REPLACE INTO products (id, name) VALUES (9, 'x')

-- rows are changed
-- expect: refused
-- bites: without the lock
UPDATE products SET price = 0

-- a table is emptied
-- expect: refused
-- bites: without the lock
TRUNCATE TABLE orders

-- a table is dropped
-- expect: refused
-- bites: without the lock
DROP TABLE orders

-- a table is made
-- expect: refused
-- bites: without the lock
CREATE TABLE made AS SELECT * FROM orders

-- a table is made for the session
-- expect: refused
CREATE TEMPORARY TABLE made AS SELECT * FROM orders

-- a table is renamed
-- expect: refused
-- bites: without the lock
RENAME TABLE orders TO gone

-- rows are deleted after a common table expression
-- expect: refused
WITH kept AS (SELECT 1) DELETE FROM orders

-- rows are locked for an update
-- expect: refused
SELECT * FROM orders FOR UPDATE

-- rows are locked for sharing
-- expect: refused
SELECT * FROM orders LOCK IN SHARE MODE

-- tables are locked
-- expect: refused
LOCK TABLES orders WRITE

-- a second statement deletes
-- expect: refused
SELECT 1; DELETE FROM orders

-- a comment that is executed deletes
-- expect: refused
-- bites: without the lock
/*!50000 DELETE FROM orders */

-- a comment that MariaDB executes deletes
-- expect: refused
-- bites: without the lock
/*M!100000 DELETE FROM orders */

-- a comment that is executed within a query writes a file
-- expect: refused
SELECT 1 /*!50000 INTO OUTFILE '{canary}' */

-- comments before and after a procedure that ends the transaction and writes
-- expect: refused
-- bites: without the lock
/* a */ CALL ruin() /* b */ -- SELECT

-- an empty line comment before a procedure that writes
-- expect: refused
-- bites: without the lock
--
CALL ruin()

-- a dash without a space is no comment
-- expect: refused
SELECT 1 --1 INTO OUTFILE '{canary}'

-- a backslash seems to end a text
-- expect: harmless
SELECT 'a\'; DELETE FROM orders; -- ' AS said

-- a text in double quotes hides a statement
-- expect: harmless
SELECT "; DELETE FROM orders; -- " AS said

-- a procedure that ends the transaction and writes
-- expect: refused
-- bites: without the lock
CALL ruin()

-- a block of code that ends the transaction and writes
-- expect: refused
-- bites: without the lock
BEGIN NOT ATOMIC COMMIT; SET SESSION TRANSACTION READ WRITE; DELETE FROM orders; COMMIT; END

-- a condition with a block of code
-- expect: refused
-- bites: without the lock
IF 1 THEN DELETE FROM orders; END IF

-- a function that writes
-- expect: refused
-- bites: without the lock
SELECT spoil()

-- a function that writes, where no rows are asked for
-- expect: refused
-- bites: without the lock
SELECT count(*) FROM customers WHERE spoil() = 1

-- a view that writes
-- expect: refused
-- bites: without the lock
SELECT * FROM spoiling

-- a function that writes is described
-- expect: refused
ANALYZE SELECT spoil()

-- SQL in a text writes
-- expect: refused
-- bites: without the lock
EXECUTE IMMEDIATE 'DELETE FROM orders'

-- a statement is prepared for later
-- expect: refused
PREPARE later FROM 'DELETE FROM orders'

-- the transaction is ended
-- expect: refused
COMMIT

-- another transaction is begun
-- expect: refused
START TRANSACTION READ WRITE

-- a distributed transaction is begun
-- expect: refused
XA START 'a'

-- later transactions are let write
-- expect: refused
SET SESSION TRANSACTION READ WRITE

-- the bound of time is taken off for one query
-- expect: refused
SET STATEMENT max_statement_time = 0 FOR SELECT SLEEP(5)

-- the bound of time is taken off
-- expect: refused
SET SESSION max_statement_time = 0

-- a variable is set by a query
-- expect: refused
SELECT id INTO @kept FROM orders LIMIT 1

-- a variable is set within a query
-- expect: refused
SELECT @kept := max(id) FROM orders

-- a sequence goes on
-- expect: refused
-- bites: without the lock
SELECT nextval(counter)

-- a sequence goes on in the words of the standard
-- expect: refused
-- bites: without the lock
SELECT NEXT VALUE FOR counter

-- a sequence is set
-- expect: refused
-- bites: without the lock
SELECT setval(counter, 1000)

-- a file is read
-- expect: refused
SELECT LOAD_FILE('{secret}')

-- rows are written into a file
-- expect: refused
SELECT * FROM orders INTO OUTFILE '{canary}'

-- one row is written into a file
-- expect: refused
SELECT 1 INTO DUMPFILE '{canary}'

-- rows are written into a file before they are named
-- expect: refused
SELECT 1 INTO OUTFILE '{canary}' FROM orders

-- a file of the server becomes rows
-- expect: refused
LOAD DATA INFILE '{secret}' INTO TABLE customers (name)

-- a file of the client becomes rows
-- expect: refused
LOAD DATA LOCAL INFILE '{secret}' INTO TABLE customers (name)

-- a table is read past its rights and views
-- expect: refused
HANDLER orders OPEN

-- a procedure of the server looks at all rows
-- expect: refused
SELECT * FROM orders PROCEDURE ANALYSE()

-- the server waits
-- expect: refused
SELECT SLEEP(1000)

-- the server waits, for each row
-- expect: refused
SELECT id FROM orders WHERE SLEEP(1000) = 1

-- the server works for nothing
-- expect: refused
SELECT BENCHMARK(1000000000000, SHA2('x', 512))

-- a lock is kept by the session
-- expect: refused
SELECT GET_LOCK('x', 1000)

-- a lock of the session is given back
-- expect: refused
SELECT RELEASE_ALL_LOCKS()

-- another session is ended
-- expect: refused
KILL 1

-- the server is ended
-- expect: refused
SHUTDOWN

-- the server's statistics are written
-- expect: refused
ANALYZE TABLE orders

-- the server's tables are closed
-- expect: refused
FLUSH TABLES

-- the digests of passwords are read
-- expect: refused
SELECT user, priv FROM mysql.global_priv

-- a user is made
-- expect: refused
CREATE USER intruder

-- a right is given away
-- expect: refused
GRANT ALL ON shop.* TO root

-- a plugin is loaded
-- expect: refused
INSTALL SONAME 'ha_connect'

-- a table on another server is made
-- expect: refused
CREATE TABLE far (a INT) ENGINE = FEDERATED CONNECTION = 'mysql://root@127.0.0.1:{port}/shop/orders'

-- a server is named to copy from
-- expect: refused
CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {port}

-- one value of a gigabyte
-- expect: harmless
SELECT REPEAT('x', 1000000000)

-- a value of many gigabytes, part by part
-- expect: harmless
SELECT LENGTH(GROUP_CONCAT(REPEAT('x', 100000))) FROM seq_1_to_1000000

-- rows without end are asked for
-- expect: harmless
SELECT * FROM seq_1_to_1000000000000

-- rows without end are sorted
-- expect: refused
SELECT seq FROM seq_1_to_1000000000000 ORDER BY MD5(seq)

-- tables are multiplied
-- expect: refused
SELECT COUNT(*) FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g, orders h, orders i, orders j, orders k, orders l, orders m, orders n

-- a recursion without end
-- expect: harmless
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n

-- a recursion that doubles its rows
-- expect: refused
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n, seq_1_to_1000) SELECT COUNT(*) FROM n

-- a pattern that takes for ever
-- expect: refused
SELECT SUM(CONCAT(REPEAT('a', 200), seq) REGEXP '(a+)+(b|c)(a*)*d$') FROM seq_1_to_100000000
