-- The quick changes of a worker's status in a row. Rows from before have none.
ALTER TABLE runs ADD COLUMN quick_status_changes json;
