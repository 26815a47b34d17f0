"""From measured facts to the probability that a value is right, and to the bars."""
