-- Events still are only added, but for two acts: the words of an utterance give way to a later revision's, and a call that
-- is nobody's for good (the highest epoch there is) is removed.
CREATE OR REPLACE FUNCTION events_are_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.type IN ('utterance_completed', 'utterance_revised') AND NEW.call_id = OLD.call_id
            AND NEW.seq = OLD.seq AND NEW.position = OLD.position AND NEW.epoch = OLD.epoch
            AND NEW.at_us = OLD.at_us AND NEW.type = OLD.type THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT 1 FROM fences WHERE call_id = OLD.call_id AND epoch = 9223372036854775807) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'events are never changed or removed, but for words that are masked and calls that are erased';
END $$;

-- Words that were masked stay in dead rows until these are vacuumed, which is therefore done soon, however large the
-- table is.
ALTER TABLE events SET (
    autovacuum_vacuum_threshold = 100,
    autovacuum_vacuum_scale_factor = 0,
    toast.autovacuum_vacuum_threshold = 100,
    toast.autovacuum_vacuum_scale_factor = 0
);

-- customer_keys: blind names, with blanks between them.
ALTER TABLE calls
    ADD COLUMN contact_id TEXT COLLATE "C",
    ADD COLUMN customer_keys TEXT NOT NULL DEFAULT '',
    ADD COLUMN ended_at_us BIGINT,
    ADD COLUMN verified BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN quarantined BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN open_findings BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN legal_hold BOOLEAN NOT NULL DEFAULT false;
UPDATE calls SET
    contact_id = json::jsonb ->> 'contact_id',
    ended_at_us = CASE WHEN ended THEN started_at_us + (json::jsonb ->> 'duration_ms')::bigint * 1000 END;
CREATE INDEX calls_by_contact ON calls (contact_id);
CREATE INDEX calls_by_customer ON calls USING gin (string_to_array(customer_keys, ' '));
CREATE INDEX calls_by_end ON calls (ended_at_us) WHERE ended;
CREATE INDEX unverified_calls ON calls (started_at_us, call_id) WHERE ended AND NOT verified;
CREATE INDEX hidden_calls ON calls (started_at_us, call_id) WHERE quarantined;
CREATE INDEX calls_to_decide_on ON calls (started_at_us, call_id) WHERE open_findings > 0;
CREATE INDEX held_calls ON calls (started_at_us, call_id) WHERE legal_hold;

-- audit_pruned: entries up to this one were kept long enough.
CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    at_us BIGINT NOT NULL,
    by TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE TABLE audit_pruned (up_to BIGINT NOT NULL);
INSERT INTO audit_pruned VALUES (0);
CREATE FUNCTION audit_is_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.seq <= (SELECT up_to FROM audit_pruned) THEN RETURN OLD; END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is never changed, and not removed before it is old';
END $$;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_only_added();
CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_only_added();
