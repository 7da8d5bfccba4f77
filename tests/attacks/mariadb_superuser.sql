-- a file is read
-- expect: refused
-- bites: without the lock
SELECT LOAD_FILE('{secret}')

-- a file is read with a space before the bracket
-- expect: refused
-- bites: without the lock
SELECT `LOAD_FILE` ('{secret}')

-- a file is read by its name in hexadecimal
-- expect: refused
SELECT CONVERT(LOAD_FILE(0x2f6574632f706173737764) USING utf8mb4)

-- a query is written into a file
-- expect: refused
-- bites: without the lock
SELECT 1 INTO OUTFILE '{canary}'

-- one row is written into a file
-- expect: refused
-- bites: without the lock
SELECT 1 INTO DUMPFILE '{canary}'

-- a comment that is executed writes a file
-- expect: refused
-- bites: without the lock
SELECT 1 /*!50000 INTO OUTFILE '{canary}' */

-- a second half of a union is written into a file
-- expect: refused
-- bites: without the lock
SELECT 1 UNION SELECT 2 INTO OUTFILE '{canary}'

-- a file becomes rows
-- expect: refused
-- bites: without the lock
LOAD DATA INFILE '{secret}' INTO TABLE customers IGNORE 1 LINES (name) SET id = 99

-- the digests of passwords are read by a statement
-- expect: refused
EXECUTE IMMEDIATE 'SELECT priv FROM mysql.global_priv'
