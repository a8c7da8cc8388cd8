CREATE TABLE fhir_subscription (
	id UUID NOT NULL, 
	connection VARCHAR(255) NOT NULL, 
	status VARCHAR(64) NOT NULL, 
	version INTEGER NOT NULL, 
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	endpoint TEXT NOT NULL, 
	headers BYTEA NOT NULL, 
	heartbeat INTEGER NOT NULL, 
	timeout INTEGER NOT NULL, 
	most INTEGER NOT NULL, 
	names_entries BOOLEAN NOT NULL, 
	events INTEGER NOT NULL, 
	sent INTEGER NOT NULL, 
	attempts INTEGER NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	lease VARCHAR(64), 
	lease_until TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_fhir_subscription PRIMARY KEY (id), 
	CONSTRAINT fk_fhir_subscription_connection_connection FOREIGN KEY(connection) REFERENCES connection (name)
)
--;
CREATE INDEX ix_fhir_subscription_connection ON fhir_subscription (connection)
--;
CREATE INDEX ix_fhir_subscription_due_at ON fhir_subscription (due_at)
--;
CREATE TABLE fhir_token (
	token_hash BYTEA NOT NULL, 
	connection VARCHAR(255) NOT NULL, 
	scope TEXT NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_fhir_token PRIMARY KEY (token_hash), 
	CONSTRAINT fk_fhir_token_connection_connection FOREIGN KEY(connection) REFERENCES connection (name)
)
--;
CREATE INDEX ix_fhir_token_expires_at ON fhir_token (expires_at)
--;
CREATE TABLE fhir_event (
	subscription UUID NOT NULL, 
	number INTEGER NOT NULL, 
	entry UUID NOT NULL, 
	revision INTEGER NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_fhir_event PRIMARY KEY (subscription, number), 
	CONSTRAINT uq_fhir_event_subscription_entry_revision UNIQUE (subscription, entry, revision), 
	CONSTRAINT fk_fhir_event_subscription_fhir_subscription FOREIGN KEY(subscription) REFERENCES fhir_subscription (id) ON DELETE CASCADE
)
--;
CREATE INDEX ix_fhir_event_at ON fhir_event (at)
