"""What can be shown to others about the audit trail: heads sealed elsewhere, and a citizen's list (GDPR art. 15)."""
