-- A column of another table is taken from there, and its table joined along the keys
SELECT name FROM song ORDER BY age DESC
-->
SELECT song.name FROM song JOIN singer ON song.singer_id = singer.id ORDER BY singer.age DESC

-- The wrong one of two tables at hand
SELECT T2.age FROM singer AS T1 JOIN song AS T2 ON T1.id = T2.singer_id
-->
SELECT T1.age FROM singer AS T1 JOIN song AS T2 ON T1.id = T2.singer_id

-- A name in another spelling
SELECT home_town FROM singer
-->
SELECT HomeTown FROM singer

-- A name with a part left out
SELECT town FROM singer
-->
SELECT HomeTown FROM singer

-- A misspelt name
SELECT agee FROM singer
-->
SELECT age FROM singer

-- A name that says its table too
SELECT singer_age FROM singer
-->
SELECT age FROM singer

-- A table in the plural
SELECT age FROM singers
-->
SELECT age FROM singer

-- A misspelt table, with its columns
SELECT singr.age FROM singr
-->
SELECT singer.age FROM singer

-- A join on a column that is not there, made by the key
SELECT T1.age FROM singer AS T1 JOIN song AS T2 ON T1.name = T2.singer_name
-->
SELECT T1.age FROM singer AS T1 JOIN song AS T2 ON T1.id = T2.singer_id

-- A join that takes a table between
SELECT T2.age FROM play AS T1 JOIN singer AS T2 ON T1.singer = T2.id
-->
SELECT T2.age FROM play AS T1 JOIN song ON T1.song_id = song.id JOIN singer AS T2 ON song.singer_id = T2.id

-- Rows without a partner, compared by a column that the other table lacks
SELECT HomeTown FROM singer EXCEPT SELECT HomeTown FROM song
-->
SELECT HomeTown FROM singer WHERE NOT id IN (SELECT song.singer_id FROM song)

-- A comparison with a column that is no key of either
SELECT age FROM singer WHERE song NOT IN (SELECT singer FROM song)
-->
SELECT age FROM singer WHERE NOT id IN (SELECT singer_id FROM song)

-- A condition on a total
SELECT age FROM singer WHERE count(*) > 1
-->
SELECT age FROM singer GROUP BY age HAVING COUNT(*) > 1

-- An order by a total without a group
SELECT rain FROM weather ORDER BY count(*) DESC LIMIT 1
-->
SELECT rain FROM weather GROUP BY rain ORDER BY COUNT(*) DESC LIMIT 1

-- A column inside a subquery, found there and not outside
SELECT name FROM song WHERE singer_id = (SELECT max(agee) FROM singer)
-->
SELECT name FROM song WHERE singer_id = (SELECT MAX(age) FROM singer)

-- Ambiguous, taken from the first
SELECT name FROM song JOIN play ON song.id = play.song_id WHERE id = 1
-->
SELECT name FROM song JOIN play ON song.id = play.song_id WHERE song.id = 1

-- A text in double quotes, which SQLite reads itself
-- dialect: sqlite
SELECT age FROM singer WHERE HomeTown = "Rome" AND agee > 3
-->
SELECT age FROM singer WHERE HomeTown = "Rome" AND age > 3

-- A text in double quotes, which DuckDB takes for a name
-- dialect: duckdb
SELECT age FROM singer WHERE HomeTown = "Rome"
-->
SELECT age FROM singer WHERE HomeTown = 'Rome'

-- A column beside a maximum, as SQLite takes it
-- dialect: duckdb
SELECT max(age), HomeTown FROM singer
-->
SELECT MAX(age), ARG_MAX(HomeTown, age) FROM singer

-- A column that the group does not fix
-- dialect: duckdb
SELECT HomeTown, age, count(*) FROM singer GROUP BY HomeTown
-->
SELECT HomeTown, ANY_VALUE(age), COUNT(*) FROM singer GROUP BY HomeTown

-- A text that is compared with a number
-- dialect: duckdb
SELECT age FROM singer WHERE born > 1990
-->
SELECT age FROM singer WHERE TRY_CAST(born AS DOUBLE) > 1990

-- A sum of texts
-- dialect: duckdb
SELECT sum(born) FROM singer
-->
SELECT SUM(TRY_CAST(born AS DOUBLE)) FROM singer

-- A count of the rows of one table that means those that point at them
SELECT HomeTown FROM singer ORDER BY count(*) DESC LIMIT 1
-->
SELECT singer.HomeTown FROM singer JOIN song ON singer.id = song.singer_id GROUP BY singer.HomeTown ORDER BY COUNT(*) DESC LIMIT 1

-- A list that gives a column of the table outside: compared by their keys
SELECT age FROM singer WHERE HomeTown NOT IN (SELECT HomeTown FROM song)
-->
SELECT age FROM singer WHERE NOT id IN (SELECT singer_id FROM song)

-- A list whose column is one table further
SELECT name FROM song WHERE singer_id IN (SELECT singer_id FROM play WHERE day = '2020-01-01')
-->
SELECT name FROM song WHERE id IN (SELECT song_id FROM play WHERE day = '2020-01-01')

-- In double quotes it is a column too
-- dialect: duckdb
SELECT "HomeTown" FROM singer WHERE "HomeTown" IN (SELECT "HomeTown" FROM song)
-->
SELECT "HomeTown" FROM singer WHERE id IN (SELECT singer_id FROM song)
