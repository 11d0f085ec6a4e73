-- Times are milliseconds since 1970, UTC. JSON columns hold the nouns of `model`.

CREATE TABLE projects (
    id          TEXT PRIMARY KEY,
    repository  TEXT NOT NULL,
    base_branch TEXT NOT NULL,
    key_hash    BLOB UNIQUE,
    created     INTEGER NOT NULL,
    last_event  INTEGER
) STRICT;

CREATE TABLE issues (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    project    TEXT NOT NULL REFERENCES projects (id),
    key        TEXT NOT NULL,
    title      TEXT NOT NULL,
    state      TEXT NOT NULL,
    events     INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    muted_until INTEGER,
    UNIQUE (project, key)
) STRICT;
CREATE INDEX issues_by_last_seen ON issues (last_seen);
CREATE INDEX issues_muted ON issues (muted_until) WHERE muted_until IS NOT NULL;

CREATE TABLE events (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    project  TEXT NOT NULL REFERENCES projects (id),
    id       TEXT NOT NULL,
    issue    INTEGER NOT NULL REFERENCES issues (id),
    received INTEGER NOT NULL,
    payload  TEXT NOT NULL,
    UNIQUE (project, id)
) STRICT;
CREATE INDEX events_by_issue ON events (issue, received);
CREATE INDEX events_by_age ON events (received);

-- A repair is a durable job: the row of its first event's transaction.
CREATE TABLE repairs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    issue       INTEGER NOT NULL REFERENCES issues (id),
    event       INTEGER NOT NULL REFERENCES events (number),
    occasion    TEXT NOT NULL,
    banned      TEXT NOT NULL DEFAULT '[]',
    created     INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'done', 'refused', 'failed')),
    progress    TEXT NOT NULL,
    next        TEXT,
    attempts    INTEGER NOT NULL DEFAULT 0,
    not_before  INTEGER NOT NULL,
    fence       INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER,
    began       INTEGER,
    fix_key     TEXT,
    diagnosis   TEXT,
    error       TEXT
) STRICT;
CREATE INDEX repairs_by_issue ON repairs (issue);
CREATE INDEX repairs_by_event ON repairs (event);
CREATE INDEX repairs_waiting ON repairs (not_before) WHERE state IN ('queued', 'leased');
CREATE UNIQUE INDEX one_open_repair_an_issue ON repairs (issue)
    WHERE state IN ('queued', 'leased');
CREATE UNIQUE INDEX one_open_repair_a_fix ON repairs (fix_key)
    WHERE state IN ('queued', 'leased') AND fix_key IS NOT NULL;

CREATE TABLE refusals (
    repair      INTEGER PRIMARY KEY REFERENCES repairs (id),
    code        TEXT NOT NULL,
    explanation TEXT NOT NULL
) STRICT;

CREATE TABLE stages (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    repair  INTEGER NOT NULL REFERENCES repairs (id),
    stage   TEXT NOT NULL,
    started INTEGER NOT NULL,
    ms      INTEGER NOT NULL,
    outcome TEXT NOT NULL
) STRICT;
CREATE INDEX stages_by_repair ON stages (repair);

-- `repair` is the one that made the proposal as it is.
CREATE TABLE proposals (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    repair       INTEGER NOT NULL UNIQUE REFERENCES repairs (id),
    issue        INTEGER NOT NULL REFERENCES issues (id),
    fix_key      TEXT NOT NULL,
    template     TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('open', 'merged', 'closed', 'superseded')),
    proposal     TEXT NOT NULL,
    created      INTEGER NOT NULL,
    merge_commit TEXT,
    ended        INTEGER,
    outcome      TEXT
) STRICT;
CREATE INDEX proposals_by_issue ON proposals (issue);
CREATE INDEX proposals_by_template ON proposals (template) WHERE outcome IS NOT NULL;
CREATE INDEX proposals_by_age ON proposals (created);
CREATE UNIQUE INDEX one_open_proposal_a_fix ON proposals (fix_key) WHERE state = 'open';

-- A proposal is looked at when it is due; like a repair, by whoever holds the lease. News that come
-- meanwhile set a new due time, which the end of the look keeps.
CREATE TABLE watches (
    proposal    INTEGER PRIMARY KEY REFERENCES proposals (id),
    due         INTEGER,
    hinted      INTEGER NOT NULL DEFAULT 0,
    fence       INTEGER NOT NULL DEFAULT 0,
    lease_until INTEGER,
    looked      INTEGER NOT NULL DEFAULT 0,
    faults      INTEGER NOT NULL DEFAULT 0,
    error       TEXT,
    handled     TEXT NOT NULL DEFAULT '{}',
    shown       TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX watches_due ON watches (due) WHERE due IS NOT NULL;
CREATE INDEX watches_leased ON watches (lease_until) WHERE lease_until IS NOT NULL;

-- What a forge has told, so that nothing is heard twice.
CREATE TABLE deliveries (
    id       TEXT PRIMARY KEY,
    received INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_by_age ON deliveries (received);

-- In which releases an issue was seen. `measured` events came while the release sent pulses.
CREATE TABLE sightings (
    issue        INTEGER NOT NULL REFERENCES issues (id),
    release_name TEXT NOT NULL,
    commit_id    TEXT NOT NULL,
    environment  TEXT NOT NULL,
    events       INTEGER NOT NULL,
    measured     INTEGER NOT NULL,
    first_seen   INTEGER NOT NULL,
    last_seen    INTEGER NOT NULL,
    PRIMARY KEY (issue, release_name, commit_id, environment)
) STRICT, WITHOUT ROWID;

-- How much each release did, summed over its instances; stays when their pulses are forgotten.
CREATE TABLE exposures (
    project      TEXT NOT NULL REFERENCES projects (id),
    release_name TEXT NOT NULL,
    commit_id    TEXT NOT NULL,
    environment  TEXT NOT NULL,
    first_seen   INTEGER NOT NULL,
    last_seen    INTEGER NOT NULL,
    running_ms   INTEGER NOT NULL,
    sends        INTEGER NOT NULL,
    connections  INTEGER NOT NULL,
    requests     INTEGER NOT NULL,
    PRIMARY KEY (project, release_name, commit_id, environment)
) STRICT, WITHOUT ROWID;

-- What each running process did, summed over its pulses.
CREATE TABLE pulses (
    project        TEXT NOT NULL REFERENCES projects (id),
    instance       TEXT NOT NULL,
    release_name   TEXT NOT NULL,
    commit_id      TEXT NOT NULL,
    environment    TEXT NOT NULL,
    first_seen     INTEGER NOT NULL,
    last_seen      INTEGER NOT NULL,
    pulses         INTEGER NOT NULL,
    sends          INTEGER NOT NULL,
    sends_not_open INTEGER NOT NULL,
    connections    INTEGER NOT NULL,
    requests       INTEGER NOT NULL,
    panics         INTEGER NOT NULL,
    PRIMARY KEY (project, instance, release_name, commit_id, environment)
) STRICT, WITHOUT ROWID;
