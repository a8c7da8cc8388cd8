CREATE TABLE peer_answer (
	connection VARCHAR(80) NOT NULL, 
	message VARCHAR(200) NOT NULL, 
	request BLOB NOT NULL, 
	answer BLOB NOT NULL, 
	answered_at DATETIME NOT NULL, 
	CONSTRAINT pk_peer_answer PRIMARY KEY (connection, message), 
	CONSTRAINT fk_peer_answer_connection_connection FOREIGN KEY(connection) REFERENCES connection (name)
)
--;
CREATE INDEX ix_peer_answer_answered_at ON peer_answer (answered_at)
