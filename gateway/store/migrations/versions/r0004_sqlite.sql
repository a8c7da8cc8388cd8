ALTER TABLE consultation ADD COLUMN availability_at DATETIME
--;
ALTER TABLE queue_entry ADD COLUMN past_agreed_at DATETIME
--;
ALTER TABLE queue_entry ADD COLUMN parked_at DATETIME
--;
ALTER TABLE queue_entry ADD COLUMN proposed_at DATETIME
--;
ALTER TABLE queue_entry ADD COLUMN proposed_by VARCHAR(64)
--;
CREATE TABLE remark (
	tenant CHAR(32) NOT NULL, 
	consultation CHAR(32) NOT NULL, 
	id CHAR(32) NOT NULL, 
	ord INTEGER NOT NULL, 
	entry CHAR(32) NOT NULL, 
	ydernummer VARCHAR(6) NOT NULL, 
	at DATETIME NOT NULL, 
	side VARCHAR(64) NOT NULL, 
	name BLOB NOT NULL, 
	text BLOB NOT NULL, 
	erase_after DATETIME, 
	CONSTRAINT pk_remark PRIMARY KEY (tenant, consultation, id), 
	CONSTRAINT fk_remark_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE INDEX ix_remark_consultation ON remark (consultation, ydernummer)
--;
CREATE TABLE page_presence (
	consultation CHAR(32) NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_page_presence PRIMARY KEY (consultation)
)
