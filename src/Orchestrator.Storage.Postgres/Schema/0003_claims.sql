-- Hand-overs of runs to workers, what runs require of them, and what outlives an attempt. Rows from before have what a run without a claim has.
ALTER TABLE runs
    ADD COLUMN requires jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN claim json,
    ADD COLUMN earlier_attempts json,
    ADD COLUMN will json,
    ADD COLUMN resume_point json,
    ADD COLUMN end_message text;

CREATE INDEX runs_started ON runs (worker_id, ordinal) WHERE state IN ('running', 'paused', 'errored');

-- Not indexed, so that the updates of heartbeats stay HOT.
ALTER TABLE run_progress ADD COLUMN checkpoint_step bigint NOT NULL DEFAULT 0;

-- The attempt that a claim began or handed over.
ALTER TABLE idempotency_keys ADD COLUMN attempt integer;
