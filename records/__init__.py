"""The shared vocabulary: values, form definitions, the site, the journal, normalisers and checks,
errors."""
