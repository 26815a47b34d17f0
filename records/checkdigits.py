"""Check digits of the numbers that Japanese authorities give out."""

from __future__ import annotations


def my_number_check_digit(first: str) -> int:
    """The 12th digit of an individual number (マイナンバー) from its first 11.

    11 − (Σ Pn·Qn mod 11), where Pn is the n-th digit from the right, Qn is n + 1 for n ≤ 6 and n −
    5 above, and a remainder of 0 or 1 gives 0 (平成26年総務省令第85号第5条). It misses 1.7 % of
    single wrong digits.
    """
    total = 0
    for n, digit in enumerate(reversed(first), 1):
        weight = n + 1 if n <= 6 else n - 5
        total += int(digit) * weight
    rest = total % 11
    if rest <= 1:
        return 0
    return 11 - rest


def corporate_check_digit(last: str) -> int:
    """The first digit of a corporate number (法人番号) from the 12 that follow it.

    9 − (Σ Pn·Qn mod 9), where Pn is the n-th digit from the right and Qn is 1 for odd and 2 for
    even n (平成26年財務省令 第70号第2条). It cannot tell a 0 from a 9.
    """
    total = 0
    for n, digit in enumerate(reversed(last), 1):
        weight = 1 if n % 2 else 2
        total += int(digit) * weight
    return 9 - total % 9


def municipality_check_digit(first: str) -> int:
    """The 6th digit of a municipality code (全国地方公共団体コード) from its first 5.

    The last digit of 11 − (Σ mod 11) with the weights 6, 5, 4, 3, 2
    (総務省「全国地方公共団体コード仕様」: where the sum is below 11 it is subtracted from 11 as it
    is, which is the same).
    """
    total = 0
    for digit, weight in zip(first, (6, 5, 4, 3, 2), strict=True):
        total += int(digit) * weight
    return (11 - total % 11) % 10


def is_my_number(text: str) -> bool:
    """True for 12 ASCII digits with the right check digit."""
    if not _digits(text, 12):
        return False
    return int(text[-1]) == my_number_check_digit(text[:-1])


def is_corporate_number(text: str) -> bool:
    """True for 13 ASCII digits with the right check digit."""
    if not _digits(text, 13):
        return False
    return int(text[0]) == corporate_check_digit(text[1:])


def is_municipality_code(text: str) -> bool:
    """True for 6 ASCII digits with the right check digit."""
    if not _digits(text, 6):
        return False
    return int(text[-1]) == municipality_check_digit(text[:-1])


def _digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdigit()
