"""OCR engines, each library imported in one file, lazily. What they have in common:
:mod:`ocr.engines.contract`."""
