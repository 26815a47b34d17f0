"""OCR engines, each library imported in one file, lazily."""
