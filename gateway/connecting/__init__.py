"""A connection on its way into force: its settings as a form, what they may lead to, drafts, trials, approval."""
