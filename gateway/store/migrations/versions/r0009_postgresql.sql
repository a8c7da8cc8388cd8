ALTER TABLE note_version ADD COLUMN authors BYTEA
