CREATE TABLE insured_a (
	citizen BYTEA NOT NULL, 
	own VARCHAR(6) NOT NULL, 
	own_from INTEGER NOT NULL, 
	grp VARCHAR(1) NOT NULL, 
	grp_from INTEGER NOT NULL, 
	future VARCHAR(6) NOT NULL, 
	future_from INTEGER NOT NULL, 
	future_grp VARCHAR(1) NOT NULL, 
	future_grp_from INTEGER NOT NULL, 
	CONSTRAINT pk_insured_a PRIMARY KEY (citizen)
)
--;
CREATE TABLE insured_b (
	citizen BYTEA NOT NULL, 
	own VARCHAR(6) NOT NULL, 
	own_from INTEGER NOT NULL, 
	grp VARCHAR(1) NOT NULL, 
	grp_from INTEGER NOT NULL, 
	future VARCHAR(6) NOT NULL, 
	future_from INTEGER NOT NULL, 
	future_grp VARCHAR(1) NOT NULL, 
	future_grp_from INTEGER NOT NULL, 
	CONSTRAINT pk_insured_b PRIMARY KEY (citizen)
)
--;
CREATE TABLE register_import (
	id SERIAL NOT NULL, 
	register VARCHAR(16) NOT NULL, 
	layout VARCHAR(32) NOT NULL, 
	slot VARCHAR(1) NOT NULL, 
	as_of DATE NOT NULL, 
	stamp VARCHAR(40) NOT NULL, 
	total INTEGER NOT NULL, 
	added INTEGER NOT NULL, 
	changed INTEGER NOT NULL, 
	closed INTEGER NOT NULL, 
	imported_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	imported_by VARCHAR(255) NOT NULL, 
	CONSTRAINT pk_register_import PRIMARY KEY (id)
)
--;
CREATE TABLE case_finding (
	tenant UUID NOT NULL, 
	consultation UUID NOT NULL, 
	case_id UUID NOT NULL, 
	finding BYTEA NOT NULL, 
	CONSTRAINT pk_case_finding PRIMARY KEY (tenant, consultation, case_id), 
	CONSTRAINT fk_case_finding_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE TABLE register_activation (
	id SERIAL NOT NULL, 
	import_id INTEGER NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	by VARCHAR(255) NOT NULL, 
	CONSTRAINT pk_register_activation PRIMARY KEY (id), 
	CONSTRAINT fk_register_activation_import_id_register_import FOREIGN KEY(import_id) REFERENCES register_import (id)
)
--;
CREATE TABLE register_state (
	register VARCHAR(16) NOT NULL, 
	active INTEGER, 
	previous INTEGER, 
	filling INTEGER, 
	CONSTRAINT pk_register_state PRIMARY KEY (register), 
	CONSTRAINT fk_register_state_active_register_import FOREIGN KEY(active) REFERENCES register_import (id), 
	CONSTRAINT fk_register_state_previous_register_import FOREIGN KEY(previous) REFERENCES register_import (id)
)
--;
CREATE TABLE sor_unit (
	import_id INTEGER NOT NULL, 
	row INTEGER NOT NULL, 
	sor_id VARCHAR(18) NOT NULL, 
	parent VARCHAR(18) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	ydernummer VARCHAR(6), 
	gln VARCHAR(13) NOT NULL, 
	gln_flaw VARCHAR(16) NOT NULL, 
	gln_from VARCHAR(18) NOT NULL, 
	supplier VARCHAR(32) NOT NULL, 
	system_type VARCHAR(32) NOT NULL, 
	communication VARCHAR(32) NOT NULL, 
	institution_type VARCHAR(32) NOT NULL, 
	specialities VARCHAR(255) NOT NULL, 
	valid_from DATE NOT NULL, 
	valid_to DATE, 
	CONSTRAINT pk_sor_unit PRIMARY KEY (import_id, row), 
	CONSTRAINT fk_sor_unit_import_id_register_import FOREIGN KEY(import_id) REFERENCES register_import (id)
)
--;
CREATE INDEX ix_sor_unit_id ON sor_unit (import_id, sor_id)
--;
CREATE INDEX ix_sor_unit_ydernummer ON sor_unit (import_id, ydernummer)
--;
ALTER TABLE case_finding ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE case_finding FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON case_finding
--;
CREATE POLICY by_tenant ON case_finding USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
