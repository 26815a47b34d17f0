"""Mail addresses: l and 1, o and 0 are told apart by where they stand."""

from __future__ import annotations

import pytest

from ocr.weigh.mail import (
    KNOWN_DOMAIN,
    KNOWN_WORD,
    NO_MAIL,
    UNUSUAL,
    mail_prior,
    mail_spellings,
    romanised,
)
from ocr.weigh.spelling import smoothed


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("sakura78@examp1e.jp", "sakura78@example.jp"),
        ("info33@examp1e. jp", "info33@example.jp"),
        ("na036@example,jp", "nao36@example.jp"),
        ("taro51 @c1ty.kashima..1g.jp", "taro51@clty.kashima.lg.jp"),
        ("k.yama01@example.jp", "k.yama01@example.jp"),
    ],
)
def test_what_was_meant_is_among_the_spellings(read: str, meant: str) -> None:
    assert meant in mail_spellings([read])
    assert mail_prior(meant) in (0.0, KNOWN_WORD)


@pytest.mark.parametrize(
    "text",
    [
        "sakura",
        "@",
        "@@@",
        "a@b",
        "sakura78@example",
        "さくら@example.jp",
        "a b@example.jp",
        "@example.jp",
    ],
)
def test_what_is_no_mail_address_is_unlikely(text: str) -> None:
    assert mail_prior(text) == NO_MAIL


def test_digits_among_letters_are_unusual_and_not_forbidden() -> None:
    assert mail_prior("n4o6x@example.jp") == UNUSUAL
    assert "n4o6x@example.jp" in mail_spellings(["n4o6x@example.jp"])


@pytest.mark.parametrize(
    ("read", "known"),
    [
        ("hana12@docono.ne.jp", "hana12@docomo.ne.jp"),
        ("ken@gmai1.com", "ken@gmail.com"),
        ("y.abe3@yahoo.ce.jp", "y.abe3@yahoo.co.jp"),
    ],
)
def test_the_domains_of_most_people_stand_beside_what_was_read(read: str, known: str) -> None:
    assert known in mail_spellings([read])
    assert mail_prior(known) in (KNOWN_DOMAIN, KNOWN_DOMAIN + KNOWN_WORD)


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("inf036@example.jp", "info36@example.jp"),
        ("n0054@example.jp", "nao54@example.jp"),
        ("toro51@example.jp", "taro51@example.jp"),
        ("k.sat001@example.jp", "k.sato01@example.jp"),
    ],
)
def test_names_in_latin_letters_stand_beside_what_was_read(read: str, meant: str) -> None:
    assert meant in mail_spellings([read])
    assert mail_prior(meant) == KNOWN_WORD > mail_prior(read)


@pytest.mark.parametrize(
    ("kana", "roman"),
    [
        ("サトウ", "sato"),
        ("キョウコ", "kyoko"),
        ("シンイチ", "shinichi"),
        ("ショウタ", "shota"),
        ("ハットリ", "hattori"),
        ("ユウキ", "yuki"),
        ("フジワラ", "fujiwara"),
        ("ツチヤ", "tsuchiya"),
        ("オオツカ", "otsuka"),
        ("ジュン", "jun"),
        ("エッチュウ", "etchu"),
        ("ヴ", ""),
    ],
)
def test_names_are_written_in_latin_letters_as_people_do(kana: str, roman: str) -> None:
    assert romanised(kana) == roman


def test_a_domain_of_its_own_is_not_bent_to_a_known_one() -> None:
    assert {text.partition("@")[2] for text in mail_spellings(["info@kashima-nori.jp"])} == {
        "kashima-nori.jp"
    }


def test_without_a_sign_there_are_no_spellings_and_with_many_twins_not_too_many() -> None:
    assert mail_spellings(["通学路について"]) == []
    assert len(mail_spellings(["o0l1o0l1o0l1@example.jp"])) <= 76


@pytest.mark.parametrize(
    ("read", "meant"),
    [("一/瀬正人", "一ノ瀬正人"), ("井丿上", "井ノ上"), ("2025/4/1", "2025/4/1"), ("A/B", "A/B")],
)
def test_a_stroke_between_kanji_is_a_kana(read: str, meant: str) -> None:
    assert smoothed(read) == meant
