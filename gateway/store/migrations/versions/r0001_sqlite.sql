CREATE TABLE audit (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id CHAR(32) NOT NULL, 
	at DATETIME NOT NULL, 
	tenant CHAR(32), 
	organisation TEXT NOT NULL, 
	verb VARCHAR(64) NOT NULL, 
	what TEXT NOT NULL, 
	consultation CHAR(32), 
	case_hash BLOB, 
	basis TEXT NOT NULL, 
	door VARCHAR(64) NOT NULL, 
	actor_kind VARCHAR(64) NOT NULL, 
	actor_id TEXT NOT NULL, 
	actor_name BLOB NOT NULL, 
	actor_role TEXT NOT NULL
)
--;
CREATE INDEX ix_audit_case_hash ON audit (case_hash)
--;
CREATE INDEX ix_audit_consultation ON audit (consultation)
--;
CREATE INDEX ix_audit_tenant_at ON audit (tenant, at)
--;
CREATE TABLE clinic (
	id CHAR(32) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	synthetic BOOLEAN NOT NULL, 
	CONSTRAINT pk_clinic PRIMARY KEY (id)
)
--;
CREATE TABLE clinic_user (
	id CHAR(32) NOT NULL, 
	connection VARCHAR(255) NOT NULL, 
	name BLOB NOT NULL, 
	role VARCHAR(255) NOT NULL, 
	CONSTRAINT pk_clinic_user PRIMARY KEY (id)
)
--;
CREATE TABLE connection (
	name VARCHAR(255) NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	owner_tenant CHAR(32), 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_connection PRIMARY KEY (name)
)
--;
CREATE TABLE connection_health (
	connection VARCHAR(255) NOT NULL, 
	last_success_at DATETIME, 
	last_failure_at DATETIME, 
	failing_since DATETIME, 
	phase VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_connection_health PRIMARY KEY (connection)
)
--;
CREATE TABLE consultation (
	id CHAR(32) NOT NULL, 
	tenant CHAR(32) NOT NULL, 
	short_id VARCHAR(64) NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	status VARCHAR(64) NOT NULL, 
	version INTEGER NOT NULL, 
	launch_index BLOB NOT NULL, 
	launch_key BLOB NOT NULL, 
	door VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	responsible TEXT NOT NULL, 
	responsible_name BLOB NOT NULL, 
	room VARCHAR(64) NOT NULL, 
	station_role TEXT, 
	station_category VARCHAR(64) NOT NULL, 
	workplace_id CHAR(32), 
	workplace TEXT NOT NULL, 
	phone BLOB NOT NULL, 
	form VARCHAR(64) NOT NULL, 
	reason BLOB NOT NULL, 
	reason_corrected_at DATETIME, 
	agreed_at DATETIME, 
	agreed_with BLOB NOT NULL, 
	availability VARCHAR(64) NOT NULL, 
	review_until DATETIME, 
	modality VARCHAR(64) NOT NULL, 
	technical_failure VARCHAR(64) NOT NULL, 
	ending VARCHAR(64), 
	closed_at DATETIME, 
	synthetic BOOLEAN NOT NULL, 
	deadline_at DATETIME, 
	erase_after DATETIME, 
	erased_at DATETIME, 
	CONSTRAINT pk_consultation PRIMARY KEY (id), 
	CONSTRAINT uq_consultation_tenant_id UNIQUE (tenant, id)
)
--;
CREATE INDEX ix_consultation_deadline_at ON consultation (deadline_at)
--;
CREATE INDEX ix_consultation_erase_after ON consultation (erase_after)
--;
CREATE INDEX ix_consultation_short_id ON consultation (short_id)
--;
CREATE INDEX ix_consultation_tenant_responsible ON consultation (tenant, responsible)
--;
CREATE INDEX ix_consultation_tenant_workplace ON consultation (tenant, workplace_id)
--;
CREATE UNIQUE INDEX uq_consultation_open_launch ON consultation (tenant, launch_index) WHERE status <> 'closed'
--;
CREATE UNIQUE INDEX uq_consultation_room ON consultation (room) WHERE room <> ''
--;
CREATE TABLE employee (
	tenant CHAR(32) NOT NULL, 
	id CHAR(32) NOT NULL, 
	name BLOB NOT NULL, 
	authorisation BLOB NOT NULL, 
	role VARCHAR(255) NOT NULL, 
	workstation BLOB NOT NULL, 
	first_seen_at DATETIME NOT NULL, 
	last_seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_employee PRIMARY KEY (tenant, id)
)
--;
CREATE TABLE media_process (
	process TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	heard_at DATETIME NOT NULL, 
	CONSTRAINT pk_media_process PRIMARY KEY (process)
)
--;
CREATE TABLE onetime (
	token_hash BLOB NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	expires_at DATETIME NOT NULL, 
	payload BLOB NOT NULL, 
	binding_hash BLOB, 
	used_at DATETIME, 
	CONSTRAINT pk_onetime PRIMARY KEY (token_hash)
)
--;
CREATE INDEX ix_onetime_expires_at ON onetime (expires_at)
--;
CREATE TABLE practice_attendance (
	clinic CHAR(32) NOT NULL, 
	ydernummer VARCHAR(6) NOT NULL, 
	seen_at DATETIME NOT NULL, 
	CONSTRAINT pk_practice_attendance PRIMARY KEY (clinic, ydernummer)
)
--;
CREATE INDEX ix_practice_attendance_number ON practice_attendance (ydernummer, seen_at)
--;
CREATE TABLE practice_profile (
	ydernummer VARCHAR(6) NOT NULL, 
	hours JSON NOT NULL, 
	agreement VARCHAR(64) NOT NULL, 
	direct_phone VARCHAR(255) NOT NULL, 
	synthetic BOOLEAN NOT NULL, 
	changed_at DATETIME NOT NULL, 
	changed_by VARCHAR(255) NOT NULL, 
	CONSTRAINT pk_practice_profile PRIMARY KEY (ydernummer)
)
--;
CREATE TABLE provider_import (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	opgdato DATE NOT NULL, 
	timestamp VARCHAR(20) NOT NULL, 
	total INTEGER NOT NULL, 
	persons INTEGER NOT NULL, 
	added INTEGER NOT NULL, 
	changed INTEGER NOT NULL, 
	closed INTEGER NOT NULL, 
	imported_at DATETIME NOT NULL, 
	imported_by VARCHAR(255) NOT NULL
)
--;
CREATE TABLE room_state (
	room VARCHAR(64) NOT NULL, 
	process TEXT NOT NULL, 
	heard_at DATETIME NOT NULL, 
	present_at DATETIME NOT NULL, 
	seats JSON NOT NULL, 
	CONSTRAINT pk_room_state PRIMARY KEY (room, process)
)
--;
CREATE TABLE session (
	id CHAR(32) NOT NULL, 
	token_hash BLOB NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	person VARCHAR(255) NOT NULL, 
	subject_index BLOB NOT NULL, 
	credentials BLOB NOT NULL, 
	id_token BLOB NOT NULL, 
	tenant CHAR(32), 
	clinic CHAR(32), 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	seen_at DATETIME NOT NULL, 
	idle_minutes INTEGER NOT NULL, 
	citizen_consultation CHAR(32), 
	suspended BOOLEAN NOT NULL, 
	CONSTRAINT pk_session PRIMARY KEY (id), 
	CONSTRAINT uq_session_token_hash UNIQUE (token_hash)
)
--;
CREATE INDEX ix_session_expires_at ON session (expires_at)
--;
CREATE INDEX ix_session_tenant_subject ON session (tenant, subject_index)
--;
CREATE TABLE stored_answer (
	tenant CHAR(32) NOT NULL, 
	key_index BLOB NOT NULL, 
	body_hash BLOB NOT NULL, 
	status INTEGER NOT NULL, 
	body BLOB NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_stored_answer PRIMARY KEY (tenant, key_index)
)
--;
CREATE INDEX ix_stored_answer_created_at ON stored_answer (created_at)
--;
CREATE TABLE substitution (
	ydernummer VARCHAR(6) NOT NULL, 
	substitute VARCHAR(6) NOT NULL, 
	valid_from DATE NOT NULL, 
	valid_to DATE, 
	set_by VARCHAR(255) NOT NULL, 
	set_at DATETIME NOT NULL, 
	CONSTRAINT pk_substitution PRIMARY KEY (ydernummer, substitute, valid_from)
)
--;
CREATE TABLE tenant (
	id CHAR(32) NOT NULL, 
	cvr VARCHAR(8) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	type VARCHAR(64) NOT NULL, 
	kommunekode VARCHAR(4) NOT NULL, 
	synthetic BOOLEAN NOT NULL, 
	settings JSON NOT NULL, 
	CONSTRAINT pk_tenant PRIMARY KEY (id), 
	CONSTRAINT uq_tenant_cvr UNIQUE (cvr)
)
--;
CREATE TABLE used_token (
	issuer TEXT NOT NULL, 
	jti TEXT NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_used_token PRIMARY KEY (issuer, jti)
)
--;
CREATE INDEX ix_used_token_expires_at ON used_token (expires_at)
--;
CREATE TABLE workplace (
	tenant CHAR(32) NOT NULL, 
	id CHAR(32) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	sor VARCHAR(18) NOT NULL, 
	phone VARCHAR(255) NOT NULL, 
	listed BOOLEAN NOT NULL, 
	CONSTRAINT pk_workplace PRIMARY KEY (tenant, id)
)
--;
CREATE TABLE breach (
	tenant CHAR(32) NOT NULL, 
	consultation CHAR(32) NOT NULL, 
	entry CHAR(32) NOT NULL, 
	at DATETIME NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	ydernummer VARCHAR(6) NOT NULL, 
	CONSTRAINT pk_breach PRIMARY KEY (tenant, consultation, entry), 
	CONSTRAINT fk_breach_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE TABLE citizen_case (
	tenant CHAR(32) NOT NULL, 
	consultation CHAR(32) NOT NULL, 
	id CHAR(32) NOT NULL, 
	ord INTEGER NOT NULL, 
	identifier BLOB NOT NULL, 
	identifier_index BLOB, 
	name BLOB NOT NULL, 
	birth_date BLOB NOT NULL, 
	gender VARCHAR(64) NOT NULL, 
	protected BOOLEAN NOT NULL, 
	eoj_connection TEXT NOT NULL, 
	record_ref BLOB NOT NULL, 
	record_index BLOB, 
	own_ydernummer VARCHAR(6), 
	own_source VARCHAR(64) NOT NULL, 
	own_as_of DATE, 
	own_certainty VARCHAR(64) NOT NULL, 
	discussed_from DATETIME, 
	discussed_to DATETIME, 
	erase_after DATETIME, 
	CONSTRAINT pk_citizen_case PRIMARY KEY (tenant, consultation, id), 
	CONSTRAINT fk_citizen_case_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE INDEX ix_citizen_case_identifier_index ON citizen_case (identifier_index)
--;
CREATE INDEX ix_citizen_case_record_index ON citizen_case (record_index)
--;
CREATE TABLE clinic_membership (
	clinic_user CHAR(32) NOT NULL, 
	clinic CHAR(32) NOT NULL, 
	CONSTRAINT pk_clinic_membership PRIMARY KEY (clinic_user, clinic), 
	CONSTRAINT fk_clinic_membership_clinic_user_clinic_user FOREIGN KEY(clinic_user) REFERENCES clinic_user (id), 
	CONSTRAINT fk_clinic_membership_clinic_clinic FOREIGN KEY(clinic) REFERENCES clinic (id)
)
--;
CREATE TABLE clinic_practice (
	ydernummer VARCHAR(6) NOT NULL, 
	clinic CHAR(32) NOT NULL, 
	CONSTRAINT pk_clinic_practice PRIMARY KEY (ydernummer), 
	CONSTRAINT fk_clinic_practice_clinic_clinic FOREIGN KEY(clinic) REFERENCES clinic (id)
)
--;
CREATE INDEX ix_clinic_practice_clinic ON clinic_practice (clinic)
--;
CREATE TABLE connection_revision (
	connection VARCHAR(255) NOT NULL, 
	number INTEGER NOT NULL, 
	state VARCHAR(64) NOT NULL, 
	adapter VARCHAR(64) NOT NULL, 
	config JSON NOT NULL, 
	synthetic BOOLEAN NOT NULL, 
	"by" VARCHAR(255) NOT NULL, 
	at DATETIME NOT NULL, 
	why VARCHAR(1024) NOT NULL, 
	CONSTRAINT pk_connection_revision PRIMARY KEY (connection, number), 
	CONSTRAINT fk_connection_revision_connection_connection FOREIGN KEY(connection) REFERENCES connection (name)
)
--;
CREATE TABLE consent (
	tenant CHAR(32) NOT NULL, 
	consultation CHAR(32) NOT NULL, 
	case_id CHAR(32) NOT NULL, 
	number INTEGER NOT NULL, 
	answer VARCHAR(64) NOT NULL, 
	declared_by BLOB NOT NULL, 
	declared_by_id TEXT NOT NULL, 
	declared_at DATETIME NOT NULL, 
	wording_version VARCHAR(64) NOT NULL, 
	representative VARCHAR(64), 
	representative_name BLOB NOT NULL, 
	reason BLOB NOT NULL, 
	CONSTRAINT pk_consent PRIMARY KEY (tenant, consultation, case_id, number), 
	CONSTRAINT fk_consent_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE TABLE consultation_event (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	tenant CHAR(32) NOT NULL, 
	consultation CHAR(32) NOT NULL, 
	version INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	ydernummer VARCHAR(6) NOT NULL, 
	actor_kind VARCHAR(64) NOT NULL, 
	actor_id TEXT NOT NULL, 
	actor_role TEXT NOT NULL, 
	actor_name BLOB NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	detail JSON NOT NULL, 
	CONSTRAINT fk_consultation_event_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id), 
	CONSTRAINT uq_consultation_event_tenant_consultation_version_number UNIQUE (tenant, consultation, version, number)
)
--;
CREATE TABLE delivery (
	id CHAR(32) NOT NULL, 
	tenant CHAR(32) NOT NULL, 
	consultation CHAR(32) NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	subject CHAR(32) NOT NULL, 
	version INTEGER NOT NULL, 
	connection TEXT NOT NULL, 
	"key" CHAR(32) NOT NULL, 
	status VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	due_at DATETIME NOT NULL, 
	lease VARCHAR(64), 
	lease_until DATETIME, 
	attempts INTEGER NOT NULL, 
	crashes INTEGER NOT NULL, 
	unknown BOOLEAN NOT NULL, 
	sent_at DATETIME, 
	reference TEXT NOT NULL, 
	received_at DATETIME, 
	filed_at DATETIME, 
	replayed BOOLEAN NOT NULL, 
	fault TEXT NOT NULL, 
	CONSTRAINT pk_delivery PRIMARY KEY (id), 
	CONSTRAINT fk_delivery_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE INDEX ix_delivery_consultation ON delivery (consultation)
--;
CREATE INDEX ix_delivery_status_due_at ON delivery (status, due_at)
--;
CREATE INDEX ix_delivery_subject_connection ON delivery (subject, connection, version)
--;
CREATE TABLE note_version (
	tenant CHAR(32) NOT NULL, 
	consultation CHAR(32) NOT NULL, 
	case_id CHAR(32) NOT NULL, 
	version INTEGER NOT NULL, 
	status VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	employee_text BLOB NOT NULL, 
	clinic_text BLOB NOT NULL, 
	facts BLOB NOT NULL, 
	approved_by BLOB NOT NULL, 
	approved_at DATETIME, 
	erase_after DATETIME, 
	CONSTRAINT pk_note_version PRIMARY KEY (tenant, consultation, case_id, version), 
	CONSTRAINT fk_note_version_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE TABLE participant (
	tenant CHAR(32) NOT NULL, 
	consultation CHAR(32) NOT NULL, 
	id CHAR(32) NOT NULL, 
	ord INTEGER NOT NULL, 
	role VARCHAR(64) NOT NULL, 
	name BLOB NOT NULL, 
	how VARCHAR(64) NOT NULL, 
	started DATETIME, 
	ended DATETIME, 
	CONSTRAINT pk_participant PRIMARY KEY (tenant, consultation, id), 
	CONSTRAINT fk_participant_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE TABLE peer_poll (
	connection VARCHAR(80) NOT NULL, 
	cursor TEXT DEFAULT '' NOT NULL, 
	due_at DATETIME NOT NULL, 
	CONSTRAINT pk_peer_poll PRIMARY KEY (connection), 
	CONSTRAINT fk_peer_poll_connection_connection FOREIGN KEY(connection) REFERENCES connection (name)
)
--;
CREATE TABLE practice_connection (
	ydernummer VARCHAR(6) NOT NULL, 
	connection VARCHAR(255) NOT NULL, 
	position INTEGER NOT NULL, 
	CONSTRAINT pk_practice_connection PRIMARY KEY (ydernummer, connection), 
	CONSTRAINT fk_practice_connection_connection_connection FOREIGN KEY(connection) REFERENCES connection (name)
)
--;
CREATE TABLE provider_activation (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	import_id INTEGER NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	at DATETIME NOT NULL, 
	"by" VARCHAR(255) NOT NULL, 
	CONSTRAINT fk_provider_activation_import_id_provider_import FOREIGN KEY(import_id) REFERENCES provider_import (id)
)
--;
CREATE TABLE provider_register (
	id INTEGER NOT NULL, 
	active INTEGER, 
	previous INTEGER, 
	CONSTRAINT pk_provider_register PRIMARY KEY (id), 
	CONSTRAINT ck_provider_register_only_one CHECK (id = 1), 
	CONSTRAINT fk_provider_register_active_provider_import FOREIGN KEY(active) REFERENCES provider_import (id), 
	CONSTRAINT fk_provider_register_previous_provider_import FOREIGN KEY(previous) REFERENCES provider_import (id)
)
--;
CREATE TABLE provider_version (
	import_id INTEGER NOT NULL, 
	"row" INTEGER NOT NULL, 
	ydernummer VARCHAR(6) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	phone VARCHAR(255) NOT NULL, 
	address VARCHAR(255) NOT NULL, 
	postcode VARCHAR(255) NOT NULL, 
	district VARCHAR(255) NOT NULL, 
	speciality VARCHAR(255) NOT NULL, 
	speciality_text VARCHAR(255) NOT NULL, 
	valid_from DATE NOT NULL, 
	valid_to DATE, 
	folded VARCHAR(4096) NOT NULL, 
	CONSTRAINT pk_provider_version PRIMARY KEY (import_id, "row"), 
	CONSTRAINT fk_provider_version_import_id_provider_import FOREIGN KEY(import_id) REFERENCES provider_import (id)
)
--;
CREATE INDEX ix_provider_version_number ON provider_version (import_id, ydernummer)
--;
CREATE TABLE queue_entry (
	tenant CHAR(32) NOT NULL, 
	consultation CHAR(32) NOT NULL, 
	id CHAR(32) NOT NULL, 
	ord INTEGER NOT NULL, 
	latest BOOLEAN NOT NULL, 
	ydernummer VARCHAR(6) NOT NULL, 
	practice_name TEXT NOT NULL, 
	basis VARCHAR(64) NOT NULL, 
	status VARCHAR(64) NOT NULL, 
	place DATETIME NOT NULL, 
	requested_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	connections JSON NOT NULL, 
	addressed_to BLOB NOT NULL, 
	received_at DATETIME, 
	seen_at DATETIME, 
	accepted_at DATETIME, 
	accepted_by TEXT NOT NULL, 
	accepted_name BLOB NOT NULL, 
	clinician BLOB NOT NULL, 
	ring_until DATETIME, 
	ring_extended BOOLEAN NOT NULL, 
	misses INTEGER NOT NULL, 
	joined_at DATETIME, 
	started_at DATETIME, 
	ended_at DATETIME, 
	ended_reason VARCHAR(64) NOT NULL, 
	ended_text BLOB NOT NULL, 
	revision INTEGER NOT NULL, 
	told_not_received BOOLEAN NOT NULL, 
	told_not_seen BOOLEAN NOT NULL, 
	CONSTRAINT pk_queue_entry PRIMARY KEY (tenant, consultation, id), 
	CONSTRAINT fk_queue_entry_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE INDEX ix_queue_entry_consultation ON queue_entry (consultation, ydernummer)
--;
CREATE INDEX ix_queue_entry_practice ON queue_entry (ydernummer, latest, status, place)
--;
CREATE UNIQUE INDEX uq_queue_entry_id ON queue_entry (id)
--;
CREATE TABLE responsibility (
	tenant CHAR(32) NOT NULL, 
	consultation CHAR(32) NOT NULL, 
	version INTEGER NOT NULL, 
	since DATETIME NOT NULL, 
	employee TEXT NOT NULL, 
	name BLOB NOT NULL, 
	workplace_id CHAR(32), 
	CONSTRAINT pk_responsibility PRIMARY KEY (tenant, consultation, version), 
	CONSTRAINT fk_responsibility_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE TABLE seat (
	tenant CHAR(32) NOT NULL, 
	consultation CHAR(32) NOT NULL, 
	id CHAR(32) NOT NULL, 
	ord INTEGER NOT NULL, 
	participant_id CHAR(32) NOT NULL, 
	role VARCHAR(64) NOT NULL, 
	generation INTEGER NOT NULL, 
	claimed_at DATETIME NOT NULL, 
	CONSTRAINT pk_seat PRIMARY KEY (tenant, consultation, id), 
	CONSTRAINT fk_seat_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE TABLE delivery_attempt (
	delivery CHAR(32) NOT NULL, 
	number INTEGER NOT NULL, 
	tenant CHAR(32) NOT NULL, 
	consultation CHAR(32) NOT NULL, 
	connection TEXT NOT NULL, 
	connection_revision INTEGER, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	outcome VARCHAR(64), 
	fault TEXT NOT NULL, 
	CONSTRAINT pk_delivery_attempt PRIMARY KEY (delivery, number), 
	CONSTRAINT fk_delivery_attempt_delivery_delivery FOREIGN KEY(delivery) REFERENCES delivery (id), 
	CONSTRAINT fk_delivery_attempt_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE INDEX ix_delivery_attempt_consultation ON delivery_attempt (consultation)
--;
CREATE TRIGGER IF NOT EXISTS audit_is_never_rewritten BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'append-only'); END
--;
CREATE TRIGGER IF NOT EXISTS consultation_event_is_never_rewritten BEFORE UPDATE ON consultation_event BEGIN SELECT RAISE(ABORT, 'append-only'); END
--;
CREATE TRIGGER IF NOT EXISTS responsibility_is_never_rewritten BEFORE UPDATE ON responsibility BEGIN SELECT RAISE(ABORT, 'append-only'); END
--;
CREATE TRIGGER IF NOT EXISTS audit_is_kept BEFORE DELETE ON audit WHEN OLD.at > datetime('now', '-5 years') BEGIN SELECT RAISE(ABORT, 'append-only'); END
