"""What an office taught by its decisions."""
