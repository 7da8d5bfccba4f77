-- The sample database: every flight that left New York's three airports in 2013, and what goes with it.

CREATE TABLE airlines (
    carrier VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL
);
COMMENT ON TABLE airlines IS 'Airlines, by their two-letter code';
COMMENT ON COLUMN airlines.carrier IS 'Two-letter code';
COMMENT ON COLUMN airlines.name IS 'Full name';

CREATE TABLE airports (
    faa VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    lat DOUBLE,
    lon DOUBLE,
    alt INTEGER,
    tz INTEGER,
    dst VARCHAR,
    tzone VARCHAR
);
COMMENT ON TABLE airports IS 'Airports of the United States, by their FAA code';
COMMENT ON COLUMN airports.faa IS 'Three-letter FAA code, such as JFK';
COMMENT ON COLUMN airports.lat IS 'Latitude in degrees';
COMMENT ON COLUMN airports.lon IS 'Longitude in degrees, negative in the west';
COMMENT ON COLUMN airports.alt IS 'Altitude in feet';
COMMENT ON COLUMN airports.tz IS 'Hours from UTC in winter';
COMMENT ON COLUMN airports.dst IS 'Daylight saving: A = as in the US, N = none, U = unknown';
COMMENT ON COLUMN airports.tzone IS 'IANA time zone';

CREATE TABLE planes (
    tailnum VARCHAR PRIMARY KEY,
    year INTEGER,
    type VARCHAR,
    manufacturer VARCHAR,
    model VARCHAR,
    engines INTEGER,
    seats INTEGER,
    speed INTEGER,
    engine VARCHAR
);
COMMENT ON TABLE planes IS 'Planes in the register, by their tail number';
COMMENT ON COLUMN planes.tailnum IS 'Tail number';
COMMENT ON COLUMN planes.year IS 'Year of manufacture';
COMMENT ON COLUMN planes.engines IS 'Number of engines';
COMMENT ON COLUMN planes.seats IS 'Number of seats';
COMMENT ON COLUMN planes.speed IS 'Cruising speed in miles per hour, mostly unknown';
COMMENT ON COLUMN planes.engine IS 'Kind of engine';

CREATE TABLE weather (
    origin VARCHAR REFERENCES airports (faa),
    year INTEGER,
    month INTEGER,
    day INTEGER,
    hour INTEGER,
    temp DOUBLE,
    dewp DOUBLE,
    humid DOUBLE,
    wind_dir INTEGER,
    wind_speed DOUBLE,
    wind_gust DOUBLE,
    precip DOUBLE,
    pressure DOUBLE,
    visib DOUBLE,
    time_hour TIMESTAMP,
    PRIMARY KEY (origin, time_hour)
);
COMMENT ON TABLE weather IS 'Weather at the three airports of New York, hour by hour in 2013';
COMMENT ON COLUMN weather.origin IS 'Airport: EWR, JFK or LGA';
COMMENT ON COLUMN weather.hour IS 'Local hour; year, month and day are local too';
COMMENT ON COLUMN weather.temp IS 'Temperature in degrees Fahrenheit';
COMMENT ON COLUMN weather.dewp IS 'Dew point in degrees Fahrenheit';
COMMENT ON COLUMN weather.humid IS 'Relative humidity in percent';
COMMENT ON COLUMN weather.wind_dir IS 'Where the wind comes from, in degrees';
COMMENT ON COLUMN weather.wind_speed IS 'Wind in miles per hour';
COMMENT ON COLUMN weather.wind_gust IS 'Gusts in miles per hour';
COMMENT ON COLUMN weather.precip IS 'Rain and snow in inches';
COMMENT ON COLUMN weather.pressure IS 'Sea-level pressure in millibars';
COMMENT ON COLUMN weather.visib IS 'Visibility in miles';
COMMENT ON COLUMN weather.time_hour IS 'The hour in UTC; joins flights.time_hour';

CREATE TABLE flights (
    year INTEGER,
    month INTEGER,
    day INTEGER,
    dep_time INTEGER,
    sched_dep_time INTEGER,
    dep_delay INTEGER,
    arr_time INTEGER,
    sched_arr_time INTEGER,
    arr_delay INTEGER,
    carrier VARCHAR REFERENCES airlines (carrier),
    flight INTEGER,
    tailnum VARCHAR,
    origin VARCHAR REFERENCES airports (faa),
    dest VARCHAR,
    air_time INTEGER,
    distance INTEGER,
    hour INTEGER,
    minute INTEGER,
    time_hour TIMESTAMP,
    PRIMARY KEY (time_hour, carrier, flight)
);
COMMENT ON TABLE flights IS 'Every flight that left EWR, JFK or LGA in 2013, cancelled ones too';
COMMENT ON COLUMN flights.year IS 'Local date of departure, with month and day';
COMMENT ON COLUMN flights.dep_time IS 'Local time of departure as hhmm; NULL where the flight was cancelled';
COMMENT ON COLUMN flights.sched_dep_time IS 'Planned local time of departure as hhmm';
COMMENT ON COLUMN flights.dep_delay IS 'Minutes late at departure, negative when early';
COMMENT ON COLUMN flights.arr_time IS 'Local time of arrival as hhmm';
COMMENT ON COLUMN flights.sched_arr_time IS 'Planned local time of arrival as hhmm';
COMMENT ON COLUMN flights.arr_delay IS 'Minutes late at arrival, negative when early';
COMMENT ON COLUMN flights.flight IS 'Flight number, of its carrier';
COMMENT ON COLUMN flights.tailnum IS 'Refers to planes.tailnum; some planes are not in that table';
COMMENT ON COLUMN flights.origin IS 'Airport of departure: EWR, JFK or LGA';
COMMENT ON COLUMN flights.dest IS 'Airport of arrival, refers to airports.faa; four airports are not in that table';
COMMENT ON COLUMN flights.air_time IS 'Minutes in the air';
COMMENT ON COLUMN flights.distance IS 'Distance in miles';
COMMENT ON COLUMN flights.hour IS 'Planned local hour of departure';
COMMENT ON COLUMN flights.minute IS 'Planned minute of departure';
COMMENT ON COLUMN flights.time_hour IS 'Planned hour of departure in UTC; joins weather.time_hour';
