"""For developers: models are fitted, fonts and trust are measured. The product needs none of it."""
