"""Strategy, pillars, plan periods, initiatives and what they saved, computed from the journal
only."""
