CREATE TABLE letter (
	connection VARCHAR(80) NOT NULL, 
	id UUID NOT NULL, 
	tenant UUID NOT NULL, 
	consultation UUID NOT NULL, 
	entry UUID NOT NULL, 
	position INTEGER NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	segment UUID NOT NULL, 
	content BYTEA NOT NULL, 
	sends INTEGER NOT NULL, 
	sent_at TIMESTAMP WITH TIME ZONE, 
	answer VARCHAR(64) NOT NULL, 
	answer_code VARCHAR(120) NOT NULL, 
	answered_at TIMESTAMP WITH TIME ZONE, 
	given_up BOOLEAN NOT NULL, 
	CONSTRAINT pk_letter PRIMARY KEY (connection, id), 
	CONSTRAINT fk_letter_connection_connection FOREIGN KEY(connection) REFERENCES connection (name)
)
--;
CREATE INDEX ix_letter_consultation ON letter (consultation)
--;
CREATE INDEX ix_letter_entry ON letter (entry, connection, position)
--;
CREATE TABLE letter_answer (
	connection VARCHAR(80) NOT NULL, 
	envelope UUID NOT NULL, 
	header UUID NOT NULL, 
	answer BYTEA NOT NULL, 
	answered_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_letter_answer PRIMARY KEY (connection, envelope, header), 
	CONSTRAINT fk_letter_answer_connection_connection FOREIGN KEY(connection) REFERENCES connection (name)
)
--;
CREATE INDEX ix_letter_answer_answered_at ON letter_answer (answered_at)
--;
CREATE INDEX ix_letter_answer_due_at ON letter_answer (due_at)
--;
CREATE INDEX ix_letter_answer_header ON letter_answer (header)
--;
ALTER TABLE letter ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE letter FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON letter
--;
CREATE POLICY by_tenant ON letter USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
