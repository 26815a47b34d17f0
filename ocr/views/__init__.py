"""What a born-digital page states, held against what is drawn on it."""
