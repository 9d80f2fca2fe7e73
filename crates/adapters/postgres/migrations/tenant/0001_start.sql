CREATE TABLE tenant (id TEXT NOT NULL);

-- One row. Whoever writes the log holds it until the commit, so that positions are given in the order of commits and
-- without holes: who has read up to one has missed nothing.
CREATE TABLE log (position BIGINT NOT NULL) WITH (fillfactor = 10);
INSERT INTO log VALUES (0);

CREATE TABLE fences (
    call_id TEXT COLLATE "C" PRIMARY KEY,
    epoch BIGINT NOT NULL,
    last_seq BIGINT NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE events (
    call_id TEXT COLLATE "C" NOT NULL,
    seq BIGINT NOT NULL,
    position BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    type TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (call_id, seq),
    UNIQUE (position)
);
CREATE FUNCTION events_are_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'events are never changed or removed'; END $$;
CREATE TRIGGER events_are_never_changed BEFORE UPDATE OR DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION events_are_only_added();
CREATE TRIGGER events_are_never_emptied BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_are_only_added();

-- last_utterance: the position of the event that holds the last utterance as it is shown.
CREATE TABLE calls (
    call_id TEXT COLLATE "C" PRIMARY KEY,
    started_at_us BIGINT NOT NULL,
    ended BOOLEAN NOT NULL,
    seq BIGINT NOT NULL,
    position BIGINT NOT NULL,
    last_utterance BIGINT,
    json TEXT NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX calls_by_start ON calls (started_at_us, call_id);
CREATE INDEX live_calls_by_start ON calls (started_at_us, call_id) WHERE NOT ended;
