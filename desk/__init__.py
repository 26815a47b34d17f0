"""The web pages: review, ledgers, initiatives, form designer."""
