"""Pages without a layout."""
