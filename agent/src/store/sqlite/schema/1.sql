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

CREATE TABLE proposals (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    repair       INTEGER NOT NULL UNIQUE REFERENCES repairs (id),
    issue        INTEGER NOT NULL REFERENCES issues (id),
    fix_key      TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('open', 'merged', 'closed', 'superseded')),
    proposal     TEXT NOT NULL,
    merge_commit TEXT
) STRICT;
CREATE INDEX proposals_by_issue ON proposals (issue);
CREATE UNIQUE INDEX one_open_proposal_a_fix ON proposals (fix_key) WHERE state = 'open';

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
