ALTER TABLE consultation ADD COLUMN handover_at TIMESTAMP WITH TIME ZONE
--;
ALTER TABLE consultation ADD COLUMN handover_locked BOOLEAN
--;
ALTER TABLE consultation ADD COLUMN handover_over_at TIMESTAMP WITH TIME ZONE
--;
ALTER TABLE consultation ADD COLUMN handover_returned_at TIMESTAMP WITH TIME ZONE
--;
ALTER TABLE consultation ADD COLUMN handover_called_at TIMESTAMP WITH TIME ZONE
--;
ALTER TABLE seat ADD COLUMN device VARCHAR(64) DEFAULT '' NOT NULL
--;
ALTER TABLE seat ALTER COLUMN device DROP DEFAULT
--;
CREATE TABLE return_code (
	session UUID NOT NULL, 
	employee_session UUID NOT NULL, 
	code_hash BYTEA NOT NULL, 
	tries INTEGER NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_return_code PRIMARY KEY (session)
)
--;
CREATE INDEX ix_return_code_expires_at ON return_code (expires_at)
