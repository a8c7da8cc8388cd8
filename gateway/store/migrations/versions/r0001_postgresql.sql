CREATE TABLE audit (
	seq BIGSERIAL NOT NULL, 
	id UUID NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	tenant UUID, 
	organisation TEXT NOT NULL, 
	verb VARCHAR(64) NOT NULL, 
	what TEXT NOT NULL, 
	consultation UUID, 
	case_hash BYTEA, 
	basis TEXT NOT NULL, 
	door VARCHAR(64) NOT NULL, 
	actor_kind VARCHAR(64) NOT NULL, 
	actor_id TEXT NOT NULL, 
	actor_name BYTEA NOT NULL, 
	actor_role TEXT NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (seq)
)
--;
CREATE INDEX ix_audit_case_hash ON audit (case_hash)
--;
CREATE INDEX ix_audit_consultation ON audit (consultation)
--;
CREATE INDEX ix_audit_tenant_at ON audit (tenant, at)
--;
CREATE TABLE clinic (
	id UUID NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	synthetic BOOLEAN NOT NULL, 
	CONSTRAINT pk_clinic PRIMARY KEY (id)
)
--;
CREATE TABLE clinic_user (
	id UUID NOT NULL, 
	connection VARCHAR(255) NOT NULL, 
	name BYTEA NOT NULL, 
	role VARCHAR(255) NOT NULL, 
	CONSTRAINT pk_clinic_user PRIMARY KEY (id)
)
--;
CREATE TABLE connection (
	name VARCHAR(255) NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	owner_tenant UUID, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_connection PRIMARY KEY (name)
)
--;
CREATE TABLE connection_health (
	connection VARCHAR(255) NOT NULL, 
	last_success_at TIMESTAMP WITH TIME ZONE, 
	last_failure_at TIMESTAMP WITH TIME ZONE, 
	failing_since TIMESTAMP WITH TIME ZONE, 
	phase VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_connection_health PRIMARY KEY (connection)
)
--;
CREATE TABLE consultation (
	id UUID NOT NULL, 
	tenant UUID NOT NULL, 
	short_id VARCHAR(64) NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	status VARCHAR(64) NOT NULL, 
	version INTEGER NOT NULL, 
	launch_index BYTEA NOT NULL, 
	launch_key BYTEA NOT NULL, 
	door VARCHAR(64) NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	responsible TEXT NOT NULL, 
	responsible_name BYTEA NOT NULL, 
	room VARCHAR(64) NOT NULL, 
	station_role TEXT, 
	station_category VARCHAR(64) NOT NULL, 
	workplace_id UUID, 
	workplace TEXT NOT NULL, 
	phone BYTEA NOT NULL, 
	form VARCHAR(64) NOT NULL, 
	reason BYTEA NOT NULL, 
	reason_corrected_at TIMESTAMP WITH TIME ZONE, 
	agreed_at TIMESTAMP WITH TIME ZONE, 
	agreed_with BYTEA NOT NULL, 
	availability VARCHAR(64) NOT NULL, 
	review_until TIMESTAMP WITH TIME ZONE, 
	modality VARCHAR(64) NOT NULL, 
	technical_failure VARCHAR(64) NOT NULL, 
	ending VARCHAR(64), 
	closed_at TIMESTAMP WITH TIME ZONE, 
	synthetic BOOLEAN NOT NULL, 
	deadline_at TIMESTAMP WITH TIME ZONE, 
	erase_after TIMESTAMP WITH TIME ZONE, 
	erased_at TIMESTAMP WITH TIME ZONE, 
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
	tenant UUID NOT NULL, 
	id UUID NOT NULL, 
	name BYTEA NOT NULL, 
	authorisation BYTEA NOT NULL, 
	role VARCHAR(255) NOT NULL, 
	workstation BYTEA NOT NULL, 
	first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_employee PRIMARY KEY (tenant, id)
)
--;
CREATE TABLE media_process (
	process TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	heard_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_media_process PRIMARY KEY (process)
)
--;
CREATE TABLE onetime (
	token_hash BYTEA NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	payload BYTEA NOT NULL, 
	binding_hash BYTEA, 
	used_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_onetime PRIMARY KEY (token_hash)
)
--;
CREATE INDEX ix_onetime_expires_at ON onetime (expires_at)
--;
CREATE TABLE practice_attendance (
	clinic UUID NOT NULL, 
	ydernummer VARCHAR(6) NOT NULL, 
	seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
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
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	changed_by VARCHAR(255) NOT NULL, 
	CONSTRAINT pk_practice_profile PRIMARY KEY (ydernummer)
)
--;
CREATE TABLE provider_import (
	id SERIAL NOT NULL, 
	opgdato DATE NOT NULL, 
	timestamp VARCHAR(20) NOT NULL, 
	total INTEGER NOT NULL, 
	persons INTEGER NOT NULL, 
	added INTEGER NOT NULL, 
	changed INTEGER NOT NULL, 
	closed INTEGER NOT NULL, 
	imported_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	imported_by VARCHAR(255) NOT NULL, 
	CONSTRAINT pk_provider_import PRIMARY KEY (id)
)
--;
CREATE TABLE room_state (
	room VARCHAR(64) NOT NULL, 
	process TEXT NOT NULL, 
	heard_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	present_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	seats JSON NOT NULL, 
	CONSTRAINT pk_room_state PRIMARY KEY (room, process)
)
--;
CREATE TABLE session (
	id UUID NOT NULL, 
	token_hash BYTEA NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	person VARCHAR(255) NOT NULL, 
	subject_index BYTEA NOT NULL, 
	credentials BYTEA NOT NULL, 
	id_token BYTEA NOT NULL, 
	tenant UUID, 
	clinic UUID, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	idle_minutes INTEGER NOT NULL, 
	citizen_consultation UUID, 
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
	tenant UUID NOT NULL, 
	key_index BYTEA NOT NULL, 
	body_hash BYTEA NOT NULL, 
	status INTEGER NOT NULL, 
	body BYTEA NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
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
	set_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_substitution PRIMARY KEY (ydernummer, substitute, valid_from)
)
--;
CREATE TABLE tenant (
	id UUID NOT NULL, 
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
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_used_token PRIMARY KEY (issuer, jti)
)
--;
CREATE INDEX ix_used_token_expires_at ON used_token (expires_at)
--;
CREATE TABLE workplace (
	tenant UUID NOT NULL, 
	id UUID NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	sor VARCHAR(18) NOT NULL, 
	phone VARCHAR(255) NOT NULL, 
	listed BOOLEAN NOT NULL, 
	CONSTRAINT pk_workplace PRIMARY KEY (tenant, id)
)
--;
CREATE TABLE breach (
	tenant UUID NOT NULL, 
	consultation UUID NOT NULL, 
	entry UUID NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	ydernummer VARCHAR(6) NOT NULL, 
	CONSTRAINT pk_breach PRIMARY KEY (tenant, consultation, entry), 
	CONSTRAINT fk_breach_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE TABLE citizen_case (
	tenant UUID NOT NULL, 
	consultation UUID NOT NULL, 
	id UUID NOT NULL, 
	ord INTEGER NOT NULL, 
	identifier BYTEA NOT NULL, 
	identifier_index BYTEA, 
	name BYTEA NOT NULL, 
	birth_date BYTEA NOT NULL, 
	gender VARCHAR(64) NOT NULL, 
	protected BOOLEAN NOT NULL, 
	eoj_connection TEXT NOT NULL, 
	record_ref BYTEA NOT NULL, 
	record_index BYTEA, 
	own_ydernummer VARCHAR(6), 
	own_source VARCHAR(64) NOT NULL, 
	own_as_of DATE, 
	own_certainty VARCHAR(64) NOT NULL, 
	discussed_from TIMESTAMP WITH TIME ZONE, 
	discussed_to TIMESTAMP WITH TIME ZONE, 
	erase_after TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_citizen_case PRIMARY KEY (tenant, consultation, id), 
	CONSTRAINT fk_citizen_case_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE INDEX ix_citizen_case_identifier_index ON citizen_case (identifier_index)
--;
CREATE INDEX ix_citizen_case_record_index ON citizen_case (record_index)
--;
CREATE TABLE clinic_membership (
	clinic_user UUID NOT NULL, 
	clinic UUID NOT NULL, 
	CONSTRAINT pk_clinic_membership PRIMARY KEY (clinic_user, clinic), 
	CONSTRAINT fk_clinic_membership_clinic_user_clinic_user FOREIGN KEY(clinic_user) REFERENCES clinic_user (id), 
	CONSTRAINT fk_clinic_membership_clinic_clinic FOREIGN KEY(clinic) REFERENCES clinic (id)
)
--;
CREATE TABLE clinic_practice (
	ydernummer VARCHAR(6) NOT NULL, 
	clinic UUID NOT NULL, 
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
	by VARCHAR(255) NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	why VARCHAR(1024) NOT NULL, 
	CONSTRAINT pk_connection_revision PRIMARY KEY (connection, number), 
	CONSTRAINT fk_connection_revision_connection_connection FOREIGN KEY(connection) REFERENCES connection (name)
)
--;
CREATE TABLE consent (
	tenant UUID NOT NULL, 
	consultation UUID NOT NULL, 
	case_id UUID NOT NULL, 
	number INTEGER NOT NULL, 
	answer VARCHAR(64) NOT NULL, 
	declared_by BYTEA NOT NULL, 
	declared_by_id TEXT NOT NULL, 
	declared_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	wording_version VARCHAR(64) NOT NULL, 
	representative VARCHAR(64), 
	representative_name BYTEA NOT NULL, 
	reason BYTEA NOT NULL, 
	CONSTRAINT pk_consent PRIMARY KEY (tenant, consultation, case_id, number), 
	CONSTRAINT fk_consent_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE TABLE consultation_event (
	seq BIGSERIAL NOT NULL, 
	tenant UUID NOT NULL, 
	consultation UUID NOT NULL, 
	version INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ydernummer VARCHAR(6) NOT NULL, 
	actor_kind VARCHAR(64) NOT NULL, 
	actor_id TEXT NOT NULL, 
	actor_role TEXT NOT NULL, 
	actor_name BYTEA NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	detail JSON NOT NULL, 
	CONSTRAINT pk_consultation_event PRIMARY KEY (seq), 
	CONSTRAINT fk_consultation_event_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id), 
	CONSTRAINT uq_consultation_event_tenant_consultation_version_number UNIQUE (tenant, consultation, version, number)
)
--;
CREATE TABLE delivery (
	id UUID NOT NULL, 
	tenant UUID NOT NULL, 
	consultation UUID NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	subject UUID NOT NULL, 
	version INTEGER NOT NULL, 
	connection TEXT NOT NULL, 
	key UUID NOT NULL, 
	status VARCHAR(64) NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	lease VARCHAR(64), 
	lease_until TIMESTAMP WITH TIME ZONE, 
	attempts INTEGER NOT NULL, 
	crashes INTEGER NOT NULL, 
	unknown BOOLEAN NOT NULL, 
	sent_at TIMESTAMP WITH TIME ZONE, 
	reference TEXT NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE, 
	filed_at TIMESTAMP WITH TIME ZONE, 
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
	tenant UUID NOT NULL, 
	consultation UUID NOT NULL, 
	case_id UUID NOT NULL, 
	version INTEGER NOT NULL, 
	status VARCHAR(64) NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	employee_text BYTEA NOT NULL, 
	clinic_text BYTEA NOT NULL, 
	facts BYTEA NOT NULL, 
	approved_by BYTEA NOT NULL, 
	approved_at TIMESTAMP WITH TIME ZONE, 
	erase_after TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_note_version PRIMARY KEY (tenant, consultation, case_id, version), 
	CONSTRAINT fk_note_version_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE TABLE participant (
	tenant UUID NOT NULL, 
	consultation UUID NOT NULL, 
	id UUID NOT NULL, 
	ord INTEGER NOT NULL, 
	role VARCHAR(64) NOT NULL, 
	name BYTEA NOT NULL, 
	how VARCHAR(64) NOT NULL, 
	started TIMESTAMP WITH TIME ZONE, 
	ended TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_participant PRIMARY KEY (tenant, consultation, id), 
	CONSTRAINT fk_participant_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE TABLE peer_poll (
	connection VARCHAR(80) NOT NULL, 
	cursor TEXT DEFAULT '' NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
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
	id SERIAL NOT NULL, 
	import_id INTEGER NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	by VARCHAR(255) NOT NULL, 
	CONSTRAINT pk_provider_activation PRIMARY KEY (id), 
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
	row INTEGER NOT NULL, 
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
	CONSTRAINT pk_provider_version PRIMARY KEY (import_id, row), 
	CONSTRAINT fk_provider_version_import_id_provider_import FOREIGN KEY(import_id) REFERENCES provider_import (id)
)
--;
CREATE INDEX ix_provider_version_number ON provider_version (import_id, ydernummer)
--;
CREATE TABLE queue_entry (
	tenant UUID NOT NULL, 
	consultation UUID NOT NULL, 
	id UUID NOT NULL, 
	ord INTEGER NOT NULL, 
	latest BOOLEAN NOT NULL, 
	ydernummer VARCHAR(6) NOT NULL, 
	practice_name TEXT NOT NULL, 
	basis VARCHAR(64) NOT NULL, 
	status VARCHAR(64) NOT NULL, 
	place TIMESTAMP WITH TIME ZONE NOT NULL, 
	requested_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	connections JSON NOT NULL, 
	addressed_to BYTEA NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE, 
	seen_at TIMESTAMP WITH TIME ZONE, 
	accepted_at TIMESTAMP WITH TIME ZONE, 
	accepted_by TEXT NOT NULL, 
	accepted_name BYTEA NOT NULL, 
	clinician BYTEA NOT NULL, 
	ring_until TIMESTAMP WITH TIME ZONE, 
	ring_extended BOOLEAN NOT NULL, 
	misses INTEGER NOT NULL, 
	joined_at TIMESTAMP WITH TIME ZONE, 
	started_at TIMESTAMP WITH TIME ZONE, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	ended_reason VARCHAR(64) NOT NULL, 
	ended_text BYTEA NOT NULL, 
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
	tenant UUID NOT NULL, 
	consultation UUID NOT NULL, 
	version INTEGER NOT NULL, 
	since TIMESTAMP WITH TIME ZONE NOT NULL, 
	employee TEXT NOT NULL, 
	name BYTEA NOT NULL, 
	workplace_id UUID, 
	CONSTRAINT pk_responsibility PRIMARY KEY (tenant, consultation, version), 
	CONSTRAINT fk_responsibility_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE TABLE seat (
	tenant UUID NOT NULL, 
	consultation UUID NOT NULL, 
	id UUID NOT NULL, 
	ord INTEGER NOT NULL, 
	participant_id UUID NOT NULL, 
	role VARCHAR(64) NOT NULL, 
	generation INTEGER NOT NULL, 
	claimed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_seat PRIMARY KEY (tenant, consultation, id), 
	CONSTRAINT fk_seat_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE TABLE delivery_attempt (
	delivery UUID NOT NULL, 
	number INTEGER NOT NULL, 
	tenant UUID NOT NULL, 
	consultation UUID NOT NULL, 
	connection TEXT NOT NULL, 
	connection_revision INTEGER, 
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	outcome VARCHAR(64), 
	fault TEXT NOT NULL, 
	CONSTRAINT pk_delivery_attempt PRIMARY KEY (delivery, number), 
	CONSTRAINT fk_delivery_attempt_delivery_delivery FOREIGN KEY(delivery) REFERENCES delivery (id), 
	CONSTRAINT fk_delivery_attempt_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE INDEX ix_delivery_attempt_consultation ON delivery_attempt (consultation)
--;
ALTER TABLE audit ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE audit FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON audit
--;
CREATE POLICY by_tenant ON audit USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
ALTER TABLE consultation ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE consultation FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON consultation
--;
CREATE POLICY by_tenant ON consultation USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
DROP POLICY IF EXISTS by_clinic ON consultation
--;
CREATE POLICY by_clinic ON consultation FOR SELECT USING (current_setting('laegebro.scope', true) = 'clinic' AND EXISTS (SELECT 1 FROM queue_entry e WHERE e.consultation = consultation.id AND e.ydernummer = ANY (string_to_array(current_setting('laegebro.ydernumre', true), ','))))
--;
ALTER TABLE employee ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE employee FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON employee
--;
CREATE POLICY by_tenant ON employee USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
ALTER TABLE session ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE session FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON session
--;
CREATE POLICY by_tenant ON session USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
ALTER TABLE stored_answer ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE stored_answer FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON stored_answer
--;
CREATE POLICY by_tenant ON stored_answer USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
ALTER TABLE workplace ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE workplace FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON workplace
--;
CREATE POLICY by_tenant ON workplace USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
ALTER TABLE breach ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE breach FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON breach
--;
CREATE POLICY by_tenant ON breach USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
ALTER TABLE citizen_case ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE citizen_case FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON citizen_case
--;
CREATE POLICY by_tenant ON citizen_case USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
DROP POLICY IF EXISTS by_clinic ON citizen_case
--;
CREATE POLICY by_clinic ON citizen_case FOR SELECT USING (current_setting('laegebro.scope', true) = 'clinic' AND EXISTS (SELECT 1 FROM queue_entry e WHERE e.consultation = citizen_case.consultation AND e.ydernummer = ANY (string_to_array(current_setting('laegebro.ydernumre', true), ','))))
--;
ALTER TABLE consent ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE consent FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON consent
--;
CREATE POLICY by_tenant ON consent USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
DROP POLICY IF EXISTS by_clinic ON consent
--;
CREATE POLICY by_clinic ON consent FOR SELECT USING (current_setting('laegebro.scope', true) = 'clinic' AND EXISTS (SELECT 1 FROM queue_entry e WHERE e.consultation = consent.consultation AND e.ydernummer = ANY (string_to_array(current_setting('laegebro.ydernumre', true), ','))))
--;
ALTER TABLE consultation_event ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE consultation_event FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON consultation_event
--;
CREATE POLICY by_tenant ON consultation_event USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
DROP POLICY IF EXISTS by_clinic ON consultation_event
--;
CREATE POLICY by_clinic ON consultation_event FOR SELECT USING (current_setting('laegebro.scope', true) = 'clinic' AND ydernummer = ANY (string_to_array(current_setting('laegebro.ydernumre', true), ',')))
--;
ALTER TABLE delivery ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE delivery FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON delivery
--;
CREATE POLICY by_tenant ON delivery USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
DROP POLICY IF EXISTS by_clinic ON delivery
--;
CREATE POLICY by_clinic ON delivery FOR SELECT USING (current_setting('laegebro.scope', true) = 'clinic' AND EXISTS (SELECT 1 FROM queue_entry e WHERE e.consultation = delivery.consultation AND e.ydernummer = ANY (string_to_array(current_setting('laegebro.ydernumre', true), ','))))
--;
ALTER TABLE note_version ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE note_version FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON note_version
--;
CREATE POLICY by_tenant ON note_version USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
DROP POLICY IF EXISTS by_clinic ON note_version
--;
CREATE POLICY by_clinic ON note_version FOR SELECT USING (current_setting('laegebro.scope', true) = 'clinic' AND EXISTS (SELECT 1 FROM queue_entry e WHERE e.consultation = note_version.consultation AND e.ydernummer = ANY (string_to_array(current_setting('laegebro.ydernumre', true), ','))))
--;
ALTER TABLE participant ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE participant FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON participant
--;
CREATE POLICY by_tenant ON participant USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
DROP POLICY IF EXISTS by_clinic ON participant
--;
CREATE POLICY by_clinic ON participant FOR SELECT USING (current_setting('laegebro.scope', true) = 'clinic' AND EXISTS (SELECT 1 FROM queue_entry e WHERE e.consultation = participant.consultation AND e.ydernummer = ANY (string_to_array(current_setting('laegebro.ydernumre', true), ','))))
--;
ALTER TABLE queue_entry ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE queue_entry FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON queue_entry
--;
CREATE POLICY by_tenant ON queue_entry USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
DROP POLICY IF EXISTS by_clinic ON queue_entry
--;
CREATE POLICY by_clinic ON queue_entry FOR SELECT USING (current_setting('laegebro.scope', true) = 'clinic' AND ydernummer = ANY (string_to_array(current_setting('laegebro.ydernumre', true), ',')))
--;
ALTER TABLE responsibility ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE responsibility FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON responsibility
--;
CREATE POLICY by_tenant ON responsibility USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
ALTER TABLE seat ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE seat FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON seat
--;
CREATE POLICY by_tenant ON seat USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
DROP POLICY IF EXISTS by_clinic ON seat
--;
CREATE POLICY by_clinic ON seat FOR SELECT USING (current_setting('laegebro.scope', true) = 'clinic' AND EXISTS (SELECT 1 FROM queue_entry e WHERE e.consultation = seat.consultation AND e.ydernummer = ANY (string_to_array(current_setting('laegebro.ydernumre', true), ','))))
--;
ALTER TABLE delivery_attempt ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE delivery_attempt FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON delivery_attempt
--;
CREATE POLICY by_tenant ON delivery_attempt USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
DROP POLICY IF EXISTS by_clinic ON delivery_attempt
--;
CREATE POLICY by_clinic ON delivery_attempt FOR SELECT USING (current_setting('laegebro.scope', true) = 'clinic' AND EXISTS (SELECT 1 FROM queue_entry e WHERE e.consultation = delivery_attempt.consultation AND e.ydernummer = ANY (string_to_array(current_setting('laegebro.ydernumre', true), ','))))
--;
CREATE OR REPLACE FUNCTION laegebro_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append-only'; END $$
--;
CREATE OR REPLACE TRIGGER audit_is_never_rewritten BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION laegebro_refuse()
--;
CREATE OR REPLACE TRIGGER consultation_event_is_never_rewritten BEFORE UPDATE ON consultation_event FOR EACH ROW EXECUTE FUNCTION laegebro_refuse()
--;
CREATE OR REPLACE TRIGGER responsibility_is_never_rewritten BEFORE UPDATE ON responsibility FOR EACH ROW EXECUTE FUNCTION laegebro_refuse()
--;
CREATE OR REPLACE TRIGGER audit_is_kept BEFORE DELETE ON audit FOR EACH ROW WHEN (OLD.at > now() - interval '5 years') EXECUTE FUNCTION laegebro_refuse()
