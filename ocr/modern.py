"""x"""


def spoken(text: str) -> str:
    return text
