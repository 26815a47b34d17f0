"""Pages that are one sheet: what is kept of each, and how they find each other."""
