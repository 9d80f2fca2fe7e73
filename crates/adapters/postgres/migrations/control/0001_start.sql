-- Where each tenant's database is. Host and port are empty where it is on the control database's server; an operator
-- who moves a tenant changes its row.
CREATE TABLE tenants (
    tenant TEXT COLLATE "C" PRIMARY KEY,
    database TEXT NOT NULL,
    host TEXT,
    port INTEGER,
    created_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);

-- state: 0 waits for an owner, 1 has one, 2 is over.
-- free_at: since when it waits, or when its lease runs out. It is in no index, as it changes with each renewal: then every
-- renewal would write the indexes, too, and leave dead entries just where the next look for free calls begins.
CREATE TABLE leases (
    tenant TEXT COLLATE "C" NOT NULL,
    call_id TEXT COLLATE "C" NOT NULL,
    plan TEXT NOT NULL,
    checkpoint TEXT,
    owner TEXT,
    epoch BIGINT NOT NULL DEFAULT 0,
    state SMALLINT NOT NULL DEFAULT 0,
    free_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    over_at TIMESTAMPTZ,
    PRIMARY KEY (tenant, call_id)
) WITH (fillfactor = 70);
CREATE INDEX leases_of_live_calls ON leases (state) WHERE state <> 2;
CREATE INDEX leases_of_calls_that_are_over ON leases (over_at) WHERE state = 2;

CREATE TABLE contacts (
    tenant TEXT COLLATE "C" NOT NULL,
    contact_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    json TEXT NOT NULL,
    stream_name TEXT COLLATE "C",
    started_at_us BIGINT,
    waiting BOOLEAN NOT NULL,
    made_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant, contact_id)
) WITH (fillfactor = 70);
CREATE INDEX contacts_by_stream ON contacts (tenant, stream_name, started_at_us) WHERE stream_name IS NOT NULL;
CREATE INDEX contacts_that_wait ON contacts (made_at) WHERE waiting;
CREATE INDEX contacts_by_age ON contacts (updated_at);
