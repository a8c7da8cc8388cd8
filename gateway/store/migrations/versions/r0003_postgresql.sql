CREATE TABLE hl7_answer (
	connection VARCHAR(80) NOT NULL, 
	control_id VARCHAR(199) NOT NULL, 
	answer BYTEA NOT NULL, 
	answered_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_hl7_answer PRIMARY KEY (connection, control_id), 
	CONSTRAINT fk_hl7_answer_connection_connection FOREIGN KEY(connection) REFERENCES connection (name)
)
--;
CREATE INDEX ix_hl7_answer_answered_at ON hl7_answer (answered_at)
