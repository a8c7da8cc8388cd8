"""Register files with invented content, in the layout of the real ones."""
