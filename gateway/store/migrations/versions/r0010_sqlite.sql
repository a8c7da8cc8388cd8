CREATE TABLE letter (
	connection VARCHAR(80) NOT NULL, 
	id CHAR(32) NOT NULL, 
	tenant CHAR(32) NOT NULL, 
	consultation CHAR(32) NOT NULL, 
	entry CHAR(32) NOT NULL, 
	position INTEGER NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	at DATETIME NOT NULL, 
	segment CHAR(32) NOT NULL, 
	content BLOB NOT NULL, 
	sends INTEGER NOT NULL, 
	sent_at DATETIME, 
	answer VARCHAR(64) NOT NULL, 
	answer_code VARCHAR(120) NOT NULL, 
	answered_at DATETIME, 
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
	envelope CHAR(32) NOT NULL, 
	header CHAR(32) NOT NULL, 
	answer BLOB NOT NULL, 
	answered_at DATETIME NOT NULL, 
	due_at DATETIME, 
	CONSTRAINT pk_letter_answer PRIMARY KEY (connection, envelope, header), 
	CONSTRAINT fk_letter_answer_connection_connection FOREIGN KEY(connection) REFERENCES connection (name)
)
--;
CREATE INDEX ix_letter_answer_answered_at ON letter_answer (answered_at)
--;
CREATE INDEX ix_letter_answer_due_at ON letter_answer (due_at)
--;
CREATE INDEX ix_letter_answer_header ON letter_answer (header)
