"""The sample office's blanks: each form is drawn and defined by the same numbers."""
