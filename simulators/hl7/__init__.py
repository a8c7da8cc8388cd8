"""A practice system that speaks HL7 v2.5.1 over MLLP: takes appointments, answers questions, brings its own acts."""
