-- What audit entries of hash version 2 have beside those of version 1. Absent in entries of version 1, and in others where there is nothing to say.
ALTER TABLE control_audit
    ADD COLUMN target text,
    ADD COLUMN actor_issuer text,
    ADD COLUMN on_behalf_of_type text,
    ADD COLUMN credential text,
    ADD COLUMN request_id text;

-- What was asked for when the run was created. Absent in runs from before.
ALTER TABLE runs ADD COLUMN fingerprint text;
