-- a file is read
-- expect: refused
-- bites: without the lock
SELECT pg_read_file('{secret}')

-- a file is read as bytes
-- expect: refused
-- bites: without the lock
SELECT encode(pg_read_binary_file('{secret}'), 'hex')

-- a file is read by a quoted function with its schema
-- expect: refused
-- bites: without the lock
SELECT "pg_catalog"."pg_read_file"('{secret}')

-- a file is read within a common table expression
-- expect: refused
-- bites: without the lock
WITH stolen AS (SELECT pg_read_file('{secret}') AS said) SELECT upper(said), said FROM stolen

-- a file is read as a table
-- expect: refused
-- bites: without the lock
SELECT * FROM pg_read_file('{secret}') AS said

-- a folder is listed
-- expect: refused
SELECT * FROM pg_ls_dir('{folder}')

-- a file becomes a large object
-- expect: refused
-- bites: without the lock
SELECT lo_import('{secret}')

-- a large object becomes a file
-- expect: refused
-- bites: without the lock
SELECT lo_export(4242, '{canary}')

-- a query is copied into a file
-- expect: refused
-- bites: without the lock
COPY (SELECT 1) TO '{canary}'

-- a query is copied into a program
-- expect: refused
-- bites: without the lock
COPY (SELECT 1) TO PROGRAM 'cat > {canary}'

-- a program is run, and its output becomes rows
-- expect: refused
-- bites: without the lock
COPY customers (id, name) FROM PROGRAM 'tail -1 {secret} | sed s/^/99,/' WITH (FORMAT csv)

-- another server is asked
-- expect: refused
-- bites: without the lock
SELECT * FROM dblink('host=127.0.0.1 port={port} connect_timeout=2', 'SELECT 1') AS t(a int)

-- a connection to another server is kept
-- expect: refused
-- bites: without the lock
SELECT dblink_connect('kept', 'host=127.0.0.1 port={port} connect_timeout=2')

-- SQL in a text reads a file
-- expect: refused
-- bites: without the lock
SELECT query_to_xml('SELECT pg_read_file(''{secret}'')', true, true, '')

-- the digests of passwords are read by a function that runs SQL
-- expect: refused
SELECT query_to_xml('SELECT rolpassword FROM pg_authid', true, true, '')

-- a block of code runs a program
-- expect: refused
-- bites: without the lock
DO $$ BEGIN COPY (SELECT 1) TO PROGRAM 'cat > {canary}'; END $$
