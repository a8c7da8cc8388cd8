ALTER TABLE note_version ADD COLUMN authors BLOB
