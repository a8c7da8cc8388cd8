CREATE TABLE practice_change (
	seq SERIAL NOT NULL, 
	ydernummer VARCHAR(6) NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	what VARCHAR(64) NOT NULL, 
	value VARCHAR(255) NOT NULL, 
	changed_by VARCHAR(255) NOT NULL, 
	CONSTRAINT pk_practice_change PRIMARY KEY (seq)
)
--;
CREATE INDEX ix_practice_change_ydernummer ON practice_change (ydernummer, seq)
--;
ALTER TABLE consultation ADD COLUMN device_verdict VARCHAR(64) DEFAULT '' NOT NULL
