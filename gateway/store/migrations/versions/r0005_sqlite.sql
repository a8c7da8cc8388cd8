CREATE TABLE meant_practice (
	tenant CHAR(32) NOT NULL, 
	consultation CHAR(32) NOT NULL, 
	ydernummer VARCHAR(6) NOT NULL, 
	CONSTRAINT pk_meant_practice PRIMARY KEY (tenant, consultation, ydernummer), 
	CONSTRAINT fk_meant_practice_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
--;
CREATE TABLE case_detail (
	tenant CHAR(32) NOT NULL, 
	consultation CHAR(32) NOT NULL, 
	case_id CHAR(32) NOT NULL, 
	reason BLOB NOT NULL, 
	unnumbered_because VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_case_detail PRIMARY KEY (tenant, consultation, case_id), 
	CONSTRAINT fk_case_detail_tenant_consultation FOREIGN KEY(tenant, consultation) REFERENCES consultation (tenant, id)
)
