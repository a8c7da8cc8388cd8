CREATE TABLE practice_change (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	ydernummer VARCHAR(6) NOT NULL, 
	at DATETIME NOT NULL, 
	what VARCHAR(64) NOT NULL, 
	value VARCHAR(255) NOT NULL, 
	changed_by VARCHAR(255) NOT NULL
)
--;
CREATE INDEX ix_practice_change_ydernummer ON practice_change (ydernummer, seq)
--;
ALTER TABLE consultation ADD COLUMN device_verdict VARCHAR(64) DEFAULT '' NOT NULL
