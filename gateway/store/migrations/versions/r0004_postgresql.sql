ALTER TABLE consultation ADD COLUMN availability_at TIMESTAMP WITH TIME ZONE
--;
ALTER TABLE queue_entry ADD COLUMN past_agreed_at TIMESTAMP WITH TIME ZONE
--;
ALTER TABLE queue_entry ADD COLUMN parked_at TIMESTAMP WITH TIME ZONE
--;
ALTER TABLE queue_entry ADD COLUMN proposed_at TIMESTAMP WITH TIME ZONE
--;
ALTER TABLE queue_entry ADD COLUMN proposed_by VARCHAR(64)
--;
CREATE TABLE remark (
	tenant UUID NOT NULL, 
	consultation UUID NOT NULL, 
	id UUID NOT NULL, 
	ord INTEGER NOT NULL, 
	entry UUID NOT NULL, 
	ydernummer VARCHAR(6) NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	side VARCHAR(64) NOT NULL, 
	name BYTEA NOT NULL, 
	text BYTEA NOT NULL, 
	erase_after TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT pk_remark PRIMARY KEY (tenant, consultation, id), 
	CONSTRAINT fk_remark_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE INDEX ix_remark_consultation ON remark (consultation, ydernummer)
--;
ALTER TABLE remark ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE remark FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON remark
--;
CREATE POLICY by_tenant ON remark USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
DROP POLICY IF EXISTS by_clinic ON remark
--;
CREATE POLICY by_clinic ON remark FOR SELECT USING (current_setting('laegebro.scope', true) = 'clinic' AND ydernummer = ANY (string_to_array(current_setting('laegebro.ydernumre', true), ',')))
--;
CREATE TABLE page_presence (
	consultation UUID NOT NULL, 
	seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT pk_page_presence PRIMARY KEY (consultation)
)
