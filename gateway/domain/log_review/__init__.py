"""The monthly sample of looks at citizens: drawn, judged row by row, signed (requirements.md AD18)."""
