"""What a person wrote, apart from print; marks, strikes, and what nobody wrote."""
