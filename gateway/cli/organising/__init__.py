"""Commands of an organisation's own matters: its log's review and its set-up."""
