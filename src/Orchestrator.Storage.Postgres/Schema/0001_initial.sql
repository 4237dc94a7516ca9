-- What a run is and what control changes of it.
CREATE TABLE runs (
    id text COLLATE "C" PRIMARY KEY,
    ordinal bigint GENERATED ALWAYS AS IDENTITY,
    experiment_id text NOT NULL,
    version_id text NOT NULL,
    priority integer NOT NULL,
    labels jsonb NOT NULL,
    health_policy json,
    created_by text,
    created_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('queued', 'provisioning', 'running', 'paused', 'terminating', 'completed', 'failed', 'errored', 'terminated')),
    attempt integer NOT NULL,
    worker_id text,
    claimed boolean NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    end_reason text CHECK (end_reason IN ('completed', 'failed', 'terminated', 'forced', 'start_timeout', 'lost_worker')),
    terminating_since timestamptz,
    terminate_acknowledged boolean,
    health_status text NOT NULL CHECK (health_status IN ('healthy', 'heartbeat_stale', 'unresponsive', 'stalled')),
    health_changed_at timestamptz,
    last_sign_at timestamptz,
    snoozed_until timestamptz,
    policy_due_at timestamptz,
    last_refusal_code text,
    last_refusal_at timestamptz,
    kept_refusals bigint NOT NULL,
    loss_diverged boolean NOT NULL,
    tuned json NOT NULL,
    command_count bigint NOT NULL,
    event_count bigint NOT NULL,
    transition_count bigint NOT NULL,
    audit_count bigint NOT NULL,
    audit_hash text,
    changed_at timestamptz NOT NULL,
    CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CHECK ((terminating_since IS NULL) = (terminate_acknowledged IS NULL)),
    CHECK ((last_refusal_at IS NULL) = (last_refusal_code IS NULL))
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX runs_ordinal ON runs (ordinal);
CREATE INDEX runs_state ON runs (state, ordinal);
CREATE INDEX runs_health ON runs (health_status, state);
CREATE INDEX runs_experiment ON runs (experiment_id, ordinal);
CREATE INDEX runs_labels ON runs USING gin (labels jsonb_path_ops);
CREATE INDEX runs_queued ON runs (priority DESC, ordinal) WHERE state = 'queued';
CREATE INDEX runs_held ON runs (worker_id, ordinal) WHERE state = 'provisioning';
CREATE INDEX runs_ended ON runs (ended_at, ordinal) WHERE ended_at IS NOT NULL;

-- What heartbeats change of a run, with the revision that guards them. Narrow, and with no index on a column that a heartbeat changes, so that its updates stay HOT.
CREATE TABLE run_progress (
    run_id text COLLATE "C" PRIMARY KEY,
    revision bigint NOT NULL,
    heartbeats bigint NOT NULL,
    runtime_status text CHECK (runtime_status IN ('running', 'paused', 'terminating', 'errored')),
    last_heartbeat_at timestamptz,
    advanced_at timestamptz,
    beat bigint,
    current_step bigint NOT NULL,
    samples_per_sec double precision,
    loss double precision,
    checkpoint_version bigint NOT NULL,
    checkpoint_uri text,
    metrics json,
    status_message text,
    -- When the run wants attention: a moment, and spans of 100 ns after the last sign of life and the last advance.
    sign_at timestamptz NOT NULL,
    due_at timestamptz,
    due_after_silence bigint,
    due_after_standstill bigint,
    -- Which commit made the revision: whoever lost the answer finds out by it.
    commit_id uuid NOT NULL
) WITH (fillfactor = 50);

CREATE INDEX run_progress_due ON run_progress (run_id)
    WHERE due_at IS NOT NULL OR due_after_silence IS NOT NULL OR due_after_standstill IS NOT NULL;

-- json, not jsonb: it reads back digit for digit.
CREATE TABLE run_manifests (
    run_id text COLLATE "C" PRIMARY KEY,
    launch_manifest json NOT NULL,
    overrides json NOT NULL
);

CREATE TABLE run_state_transitions (
    run_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    from_state text,
    to_state text NOT NULL,
    changed_by text NOT NULL,
    reason text,
    attempt integer NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (run_id, sequence)
);

CREATE TABLE run_commands (
    run_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    type text NOT NULL CHECK (type IN ('pause', 'resume', 'terminate', 'tune')),
    payload json,
    actor_type text NOT NULL CHECK (actor_type IN ('operator', 'system')),
    actor_id text NOT NULL,
    on_behalf_of_type text CHECK (on_behalf_of_type IN ('operator', 'system')),
    on_behalf_of_id text,
    issued_at timestamptz,
    expires_at timestamptz,
    status text NOT NULL CHECK (status IN ('pending', 'delivered', 'applied', 'rejected', 'superseded', 'expired')),
    created_at timestamptz NOT NULL,
    delivered_at timestamptz,
    delivery_count integer NOT NULL,
    acknowledged_at timestamptz,
    acknowledgement json,
    PRIMARY KEY (run_id, sequence),
    UNIQUE (run_id, id)
) WITH (fillfactor = 80);

CREATE INDEX run_commands_live ON run_commands (run_id, sequence) WHERE status IN ('pending', 'delivered');

CREATE TABLE control_audit (
    run_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    actor_type text NOT NULL,
    actor_id text NOT NULL,
    action text NOT NULL,
    on_behalf_of text,
    payload_hash text NOT NULL,
    hash_version integer NOT NULL,
    key_id text,
    source_ip text,
    user_agent text,
    mtls_fingerprint text,
    created_at timestamptz NOT NULL,
    prev_hash text NOT NULL,
    entry_hash text NOT NULL,
    PRIMARY KEY (run_id, sequence)
);

CREATE TABLE idempotency_keys (
    key text COLLATE "C" PRIMARY KEY,
    run_id text COLLATE "C" NOT NULL,
    request_hash text NOT NULL,
    command_id text
);

CREATE INDEX idempotency_keys_run ON idempotency_keys (run_id);

-- The durable events of all runs, and those of the fleet, whose run_id is empty. The position comes from feed_head.
CREATE TABLE run_events (
    position bigint PRIMARY KEY,
    run_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    time timestamptz NOT NULL,
    attempt integer NOT NULL,
    data json NOT NULL
);

CREATE INDEX run_events_run ON run_events (run_id, sequence);

-- The one row that hands out positions. Whoever takes some holds it until the commit, so that no position becomes visible after a later one.
CREATE TABLE feed_head (
    is_one boolean PRIMARY KEY CHECK (is_one),
    position bigint NOT NULL,
    drops bigint NOT NULL
) WITH (fillfactor = 10);

INSERT INTO feed_head VALUES (true, 0, 0);

-- Which drops of events no later drop reached beyond: a position that was given out before one of them, and stands before it, has missed events.
CREATE TABLE feed_drops (
    drop_number bigint PRIMARY KEY,
    up_to bigint NOT NULL
);

CREATE TABLE notes (
    key text COLLATE "C" PRIMARY KEY,
    value text NOT NULL,
    version bigint NOT NULL
) WITH (fillfactor = 50);
