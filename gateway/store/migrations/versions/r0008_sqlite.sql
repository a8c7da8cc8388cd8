ALTER TABLE consultation ADD COLUMN handover_at DATETIME
--;
ALTER TABLE consultation ADD COLUMN handover_locked BOOLEAN
--;
ALTER TABLE consultation ADD COLUMN handover_over_at DATETIME
--;
ALTER TABLE consultation ADD COLUMN handover_returned_at DATETIME
--;
ALTER TABLE consultation ADD COLUMN handover_called_at DATETIME
--;
ALTER TABLE seat ADD COLUMN device VARCHAR(64) DEFAULT '' NOT NULL
--;
CREATE TABLE return_code (
	session CHAR(32) NOT NULL, 
	employee_session CHAR(32) NOT NULL, 
	code_hash BLOB NOT NULL, 
	tries INTEGER NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_return_code PRIMARY KEY (session)
)
--;
CREATE INDEX ix_return_code_expires_at ON return_code (expires_at)
