-- The time of the server that keeps a shard.
-- KEYS: the base of the shard.
-- Returns seconds and microseconds.
return redis.call('TIME')
