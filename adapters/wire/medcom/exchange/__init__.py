"""Writing and answering MedCom messages: whoever exchanges them, a practice or a care system, does it by these."""
