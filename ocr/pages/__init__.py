"""Documents in, pages out: every file format, and what a file says besides its picture."""
