"""Which form a page is, where each sheet lies on it, and what print the form does not explain."""
