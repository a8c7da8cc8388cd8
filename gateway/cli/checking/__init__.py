"""``laegebro check``: everything of an installation that can be tried, one finding each, with what to do."""
