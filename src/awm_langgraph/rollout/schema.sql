-- One run. Columns that end in _json hold JSON; times are ISO 8601 in UTC; latencies are in seconds. An unknown cost is
-- NULL.

CREATE TABLE run (
    id              TEXT PRIMARY KEY,
    created_at      TEXT NOT NULL,
    -- The one that its episodes' scenarios come from by default.
    catalog         TEXT NOT NULL,
    condition       TEXT NOT NULL,
    models_json     TEXT NOT NULL,
    is_scripted     INTEGER NOT NULL,
    provenance_json TEXT NOT NULL,
    context_json    TEXT NOT NULL,
    strict_seed     INTEGER NOT NULL
);

CREATE TABLE episodes (
    id                 TEXT PRIMARY KEY,
    catalog            TEXT NOT NULL,
    scenario           TEXT NOT NULL,
    task_idx           INTEGER,
    instruction        TEXT NOT NULL,
    condition          TEXT NOT NULL,
    is_scripted        INTEGER NOT NULL,
    provenance_json    TEXT NOT NULL,
    -- What it was made with, to the last setting, so that it can be continued.
    context_json       TEXT NOT NULL DEFAULT '{}',
    -- The episode that it goes on from, where it is a fork.
    forked_from_json   TEXT,
    seed_problems_json TEXT NOT NULL DEFAULT '[]',
    started_at         TEXT NOT NULL,
    -- The rest is there once the episode is finished.
    finished_at        TEXT,
    stop_reason        TEXT,
    steps              INTEGER,
    environment_reward REAL,
    shaped_reward      REAL,
    reward_json        TEXT,
    pattern            TEXT,
    final_answer       TEXT NOT NULL DEFAULT '',
    error              TEXT NOT NULL DEFAULT '',
    initial_snapshot   TEXT NOT NULL DEFAULT '',
    final_snapshot     TEXT NOT NULL DEFAULT '',
    latency_seconds    REAL NOT NULL DEFAULT 0
);

CREATE TABLE steps (
    episode_id      TEXT NOT NULL REFERENCES episodes (id),
    number          INTEGER NOT NULL,
    message_json    TEXT NOT NULL,
    model_calls     INTEGER NOT NULL,
    input_tokens    INTEGER NOT NULL,
    output_tokens   INTEGER NOT NULL,
    cost_usd        REAL,
    latency_seconds REAL NOT NULL,
    PRIMARY KEY (episode_id, number)
);

CREATE TABLE calls (
    episode_id      TEXT NOT NULL REFERENCES episodes (id),
    ordinal         INTEGER NOT NULL,
    step            INTEGER NOT NULL,
    call_id         TEXT NOT NULL,
    name            TEXT NOT NULL,
    arguments_json  TEXT NOT NULL,
    kind            TEXT NOT NULL,
    status          INTEGER,
    changed         INTEGER NOT NULL,
    text            TEXT NOT NULL,
    snapshot        TEXT NOT NULL,
    latency_seconds REAL NOT NULL,
    repairs_json    TEXT NOT NULL,
    is_lookup       INTEGER NOT NULL,
    PRIMARY KEY (episode_id, ordinal)
);

CREATE TABLE consultations (
    episode_id      TEXT NOT NULL REFERENCES episodes (id),
    number          INTEGER NOT NULL,
    trigger         TEXT NOT NULL,
    reason          TEXT NOT NULL,
    step            INTEGER NOT NULL,
    after_calls     INTEGER NOT NULL,
    expert          TEXT NOT NULL,
    model           TEXT NOT NULL,
    tier            TEXT NOT NULL,
    advice_json     TEXT NOT NULL,
    complaints_json TEXT NOT NULL,
    leaks_json      TEXT NOT NULL,
    specialist      TEXT NOT NULL,
    model_calls     INTEGER NOT NULL,
    input_tokens    INTEGER NOT NULL,
    output_tokens   INTEGER NOT NULL,
    cost_usd        REAL,
    latency_seconds REAL NOT NULL,
    criteria_error  TEXT NOT NULL,
    error           TEXT NOT NULL,
    PRIMARY KEY (episode_id, number)
);

CREATE TABLE decisions (
    episode_id TEXT NOT NULL REFERENCES episodes (id),
    ordinal    INTEGER NOT NULL,
    step       INTEGER NOT NULL,
    trigger    TEXT NOT NULL,
    reaction   TEXT NOT NULL,
    reason     TEXT NOT NULL,
    PRIMARY KEY (episode_id, ordinal)
);

CREATE TABLE verdicts (
    episode_id      TEXT PRIMARY KEY REFERENCES episodes (id),
    outcome         TEXT NOT NULL,
    mode            TEXT NOT NULL,
    result          TEXT NOT NULL,
    control         TEXT NOT NULL,
    evidence_json   TEXT NOT NULL,
    error           TEXT NOT NULL,
    latency_seconds REAL NOT NULL,
    judgement_json  TEXT,
    disagreement    TEXT NOT NULL
);

CREATE TABLE tokens (
    episode_id    TEXT NOT NULL REFERENCES episodes (id),
    role          TEXT NOT NULL,
    model_calls   INTEGER NOT NULL,
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost_usd      REAL,
    PRIMARY KEY (episode_id, role)
);
