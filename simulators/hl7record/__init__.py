"""A care system that takes HL7 v2.5.1 documents (MDM^T02, T10) over MLLP into the records of its citizens."""
