"""Pictures for notes as rows."""
