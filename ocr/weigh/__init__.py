"""What a field is likely to hold decides among what its ink can be."""
