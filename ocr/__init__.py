"""Paper in, fields out: pure functions of pages and form definitions. No database, no network, no
Prefect, no clock.

A sheet goes through the rooms in this order; :mod:`ocr.reader` is the way, :mod:`ocr.fields` one
field of it.

=========  =========================================================================================
room       what it does
=========  =========================================================================================
pages      opens documents: every file format, and what a file says besides its picture
place      finds which form a page is, where each sheet lies, and print that the form lacks
ink        takes what a person wrote out of the print, and knows what nobody wrote
views      holds what a born-digital page states against what is drawn on it
engines    looks at lines and characters
decode     makes texts that a field can hold of what an engine saw
weigh      lets what a field is likely to hold decide among them
trust      says how probable it is that a value is right
stacks     joins pages that are one sheet
letters    reads pages without a layout
office     keeps what an office taught by its decisions
practice   writes sheets by invented people
=========  =========================================================================================
"""
