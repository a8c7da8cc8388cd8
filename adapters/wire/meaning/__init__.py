"""What a peer's answer means for what we sent, one table per protocol, each line with the clause it follows.

``http`` (with FHIR's issue codes), ``soap`` (SOAP 1.1, DGWS, WS-Trust), ``hl7`` (acknowledgements), ``medcom``
(acknowledgement messages) and ``oauth`` (token endpoints). What stands in no table settles nothing: it is tried again.
"""
