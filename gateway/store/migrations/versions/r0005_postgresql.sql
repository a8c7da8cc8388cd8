CREATE TABLE meant_practice (
	tenant UUID NOT NULL, 
	consultation UUID NOT NULL, 
	ydernummer VARCHAR(6) NOT NULL, 
	CONSTRAINT pk_meant_practice PRIMARY KEY (tenant, consultation, ydernummer), 
	CONSTRAINT fk_meant_practice_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE TABLE case_detail (
	tenant UUID NOT NULL, 
	consultation UUID NOT NULL, 
	case_id UUID NOT NULL, 
	reason BYTEA NOT NULL, 
	unnumbered_because VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_case_detail PRIMARY KEY (tenant, consultation, case_id), 
	CONSTRAINT fk_case_detail_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
ALTER TABLE meant_practice ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE meant_practice FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON meant_practice
--;
CREATE POLICY by_tenant ON meant_practice USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
ALTER TABLE case_detail ENABLE ROW LEVEL SECURITY
--;
ALTER TABLE case_detail FORCE ROW LEVEL SECURITY
--;
DROP POLICY IF EXISTS by_tenant ON case_detail
--;
CREATE POLICY by_tenant ON case_detail USING (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid)) WITH CHECK (current_setting('laegebro.scope', true) = 'system' OR (current_setting('laegebro.scope', true) = 'tenant' AND tenant = nullif(current_setting('laegebro.tenant', true), '')::uuid))
--;
DROP POLICY IF EXISTS by_clinic ON case_detail
--;
CREATE POLICY by_clinic ON case_detail FOR SELECT USING (current_setting('laegebro.scope', true) = 'clinic' AND EXISTS (SELECT 1 FROM queue_entry e WHERE e.consultation = case_detail.consultation AND e.ydernummer = ANY (string_to_array(current_setting('laegebro.ydernumre', true), ','))))
