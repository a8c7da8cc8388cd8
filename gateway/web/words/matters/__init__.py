"""The words of an organisation's own matters: the review of its log and its set-up."""
