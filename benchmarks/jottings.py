"""What people jot into a one-line field, made up of parts: words, counts, times and signs.

Trust in free text is fitted on these (``tools/fit_trust.py``). None of them is taken from
:mod:`benchmarks.texts`, which is measured on: of a text that both would hold another is made.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.texts import SETS
from ocr.practice.damage import damaged, source_dpi
from ocr.practice.fill import NONE, fill
from ocr.practice.fontglyphs import can_write
from ocr.practice.hands import Hand
from ocr.practice.households import household
from ocr.practice.practicesheets import PracticeSheet
from records.forms import FormDef
from records.site import Office
from records.types import Value

Rng = np.random.Generator

NARROWEST_MM = 40.0
"""Width of a box from which a text goes into it."""

WORDS = """
thing: カメラ 毛布 冷蔵庫 ホワイトボード 音響機器 ごみ袋 案内板 扇風機 簡易ベッド 花壇 街灯
    防犯灯 側溝 樹木 カーブミラー 物置 照明 延長コード 絵本 教科書 タブレット 体操服 マイク
    長テーブル 座布団 ストーブ 鍵 名札 申請書 印鑑証明 住民票 領収書 写真 通帳 図面 見積書 横断幕
    風船 花束 湯のみ 電気ポット 鍋 炊飯器 倉庫 車庫
counted: 台 個 枚 本 脚 張 冊 通 部 箱 袋 組 式 基 か所 棟
people: 参加者 児童 園児 保護者 高齢者 役員 職員 来場者 出演者 スタッフ 中学生 会員 講師
    ボランティア
place: 駐輪場 調理室 研修室 多目的室 グラウンド 図書室 集会所 倉庫 ステージ 談話室 大ホール
    管理棟 北側入口 屋上 玄関 中庭 テニスコート 遊歩道 休憩所 展示室
event: 盆踊り 餅つき大会 清掃活動 防災訓練 写生会 敬老会 朝市 文化祭 球技大会 花火大会 料理教室
    健康相談 読み聞かせ 交通教室 美化作業 作品展 発表会 説明会 懇親会 収穫祭
doing: 開催 使用 実施 設置 撤去 搬入 準備 片付け 修理 配布 掲示 測定 剪定 塗装 舗装 散布 点検
    交換 増設 移設 延長 変更 中止 集金 申込 受付 返却 募集
reason: 老朽化 台風被害 雨漏り 騒音 転勤 入院 介護 育児 進学 結婚 離婚 死亡 相続 紛失 破損 汚損
    盗難 引っ越し 人手不足 日程変更 申請漏れ 記入誤り 体調不良
when: 午前 午後 朝 夜 毎日 毎朝 平日 土日 祝日 早朝 夕方 昼休み 年末 夏休み中
day: 月 火 水 木 金 土 日
unit: m cm mm km kg g L mL t ha ㎡ % ℃ W A V kW
dimension: 幅 高さ 長さ 奥行 縦 横 深さ 直径 面積 重さ 延長 厚さ 容量
company: (株)浜田工務店 (有)北村造園 ㈱みどり設備 山下電気(株) (社)県緑化協会 東亜塗装(有)
part: A B C D 甲 乙 東 西 南 北 前 後 左 右 上 下
"""

TEMPLATES = """
words: {event} {thing}の{doing} {reason}のため {place}で{doing} {event}の{doing}
    {place}の{thing}{doing} {thing}と{thing} {reason}による{doing} {people}の{reason}
    {event}に{doing} {when}の{doing} {company} {people}と{people} {place}および{place}
    {doing}後に{doing} {reason}により{doing}の見込み
counts: {n}{counted} 約{n}人 {h}時{q}分 {h}時から{k}時 {h}:{q} {h}:{q}~{k}:{q} {n}~{m}名 {d}日
    {mo}月{d}日 {mo}/{d} 毎週{day}曜日 第{w}{day}曜 月{w}回 年{w}回 週{w}日 {people}{n}名
    {people}{n}人 {n}時間 {d}日間 {w}年{mo}か月 {w}泊 {n}分 {when}{h}時 {when}{h}時まで {h}時半
    {mo}月から{mo}月 {mo}月中旬 令和{w}年 平成{n}年{mo}月 {n}歳 {n}歳未満 {n}世帯 {n},{n3}円
    {n3}円 {n}00円 {n}回目 {w}年目 {h}時頃 {h}時開始 {h}時解散 {d}日まで 各{w}{counted}
    計{n}{counted} 全{w}回 {w}人に{w}{counted} {n}人ずつ {h}時~{k}時 {w}~{n}日
numbered_words: {thing}{n}{counted} {thing}{w}{counted} 第{w}{place} {place}{w}階 {place}{n}号
    {place}の{thing}{w}{counted} {thing}{w}{counted}と{thing}{n}{counted} {event}第{w}回
    第{n}回{event} {w}階{place} {people}{n}名の{event} {n}年度{event} {w}丁目{place}
    {thing}を{n}{counted}{doing} {event}{n}人分 県道{n}号 {n}番地先 {thing}{w}{counted}{doing}
    {place}{w}か所 {people}{w}人{doing} {w}年{w}組 {n}号線{thing} {w}区{event} {w}班{event}
signs: {dimension}{p}{unit} 約{p}{unit} {p}{unit} {n}{unit} {n}% {p}% {dimension}{n}{unit}
    {p}m×{p}m 縦{n}cm×横{n}cm {n}{unit}×{w}{counted} ({place}){event} {event}({doing})
    {thing}({part}){w}{counted} {n}・{m}日 {place}・{place} {thing}・{thing} {day}・{day}
    {day}~{day} {n}-{m} {w}/{n} {mo}/{d}({day}) R{w}.{mo}.{d} No.{n} {part}・{part}棟 「{event}」
    「{place}」{doing} ※{doing} ※{reason} {w}・{m}班 {n}~{m}{unit} {n}±{w}{unit} {p}
    令和{w}.{mo}.{d} {h}:{q}-{k}:{q} (仮){event} ①{thing} ②{doing} {n}{unit}以上 {p}{unit}以内
    {people}({n}名) {company} -{w}℃ @{n}0円 {n}㎡ {p}㎡ 約{n}㎡ {thing}{w}{counted}({doing})
    {part}{w}・{part}{w} 約{p}倍
"""


def _table(text: str) -> dict[str, tuple[str, ...]]:
    """By the word before a colon, the words up to the next one."""
    made: dict[str, tuple[str, ...]] = {}
    name = ""
    for word in text.split():
        if word.endswith(":") and word[0] != "{":
            name = word[:-1]
            made[name] = ()
        else:
            made[name] = (*made[name], word)
    return made


_WORDS = _table(WORDS)

_TEMPLATES = _table(TEMPLATES)
"""By kind of text; in braces a word of :data:`_WORDS` or a number of :func:`_number`."""

KINDS = tuple(_TEMPLATES)

_MEASURED = {"".join(text.split()) for texts in SETS.values() for text in texts}

_FIELD = re.compile(r"\{(\w+)\}")


def _number(name: str, rng: Rng) -> str:
    """A number: ``n`` any, ``m`` a larger one, ``w`` small, ``p`` with a decimal point, ``h`` an
    hour, ``k`` a later one, ``q`` minutes, ``d`` a day, ``mo`` a month, ``n3`` three digits."""
    if name == "p":
        whole = int(rng.integers(0, 10 if rng.random() < 0.6 else 200))
        decimals = 1 if rng.random() < 0.7 else 2
        return f"{whole}.{int(rng.integers(1, 10**decimals)):0{decimals}}"
    if name == "q":
        return str(rng.choice(["00", "00", "15", "30", "30", "45", "20", "10"]))
    low, high = {
        "n": (2, 13) if rng.random() < 0.4 else (10, 99) if rng.random() < 0.7 else (100, 999),
        "m": (10, 40),
        "w": (1, 10),
        "h": (7, 13),
        "k": (13, 22),
        "d": (1, 32),
        "mo": (1, 13),
        "n3": (100, 1000),
    }[name]
    return str(int(rng.integers(low, high)))


def jotting(kind: str, rng: Rng) -> str:
    """A text of one of :data:`KINDS` that :mod:`benchmarks.texts` does not hold."""
    while True:
        template = str(rng.choice(_TEMPLATES[kind]))
        text = _FIELD.sub(lambda match: _filled(match[1], rng), template)
        if text not in _MEASURED:
            return text


def _filled(name: str, rng: Rng) -> str:
    words = _WORDS.get(name)
    return str(rng.choice(words)) if words else _number(name, rng)


def jottings(rng: Rng) -> Iterator[str]:
    """Texts without end, all kinds alike often."""
    while True:
        for number in rng.permutation(len(KINDS)):
            yield jotting(KINDS[int(number)], rng)


def text_form(form: FormDef) -> FormDef:
    """The same print with a text of one's own in every box that one line is written in, and nothing
    else to fill in."""
    boxed = {
        name: replace(item, kind="text", values=(), lexicon="", charset="", required=False)
        for name, item in form.fields.items()
        if item.place is not None
        and item.place.box is not None
        and item.place.box.width >= NARROWEST_MM
        and item.traits.is_written
        and item.kind != "lines"
        and item.era is None
    }
    return replace(form, fields=boxed)


def jotted_sheets(
    form: FormDef, hands: Sequence[Hand], damages: Sequence[str], count: int, seed: int
) -> Iterator[PracticeSheet]:
    """``count`` sheets of a form of :func:`text_form` with jottings in all fields, hands and damages
    in turn."""
    rng = np.random.default_rng([seed, zlib.crc32(form.id.encode())])
    texts, home = jottings(rng), household(rng, Office())
    for number in range(count):
        hand = hands[(number + seed) % len(hands)]
        damage = str(rng.choice(damages))
        drawn = (text for text in texts if _has_letters(hand, text))
        values: dict[str, Value] = {name: next(drawn) for name in form.fields}
        pages, truth, notes = fill(form, values, home, hand, rng, source_dpi(damage), NONE)
        images, dpi = damaged(pages, damage, rng)
        yield PracticeSheet(form.id, tuple(images), dpi, truth, hand.name, damage, notes)


def _has_letters(hand: Hand, text: str) -> bool:
    """True where the hand's own font has each letter: the last one only helps out."""
    own = replace(hand, fonts=hand.fonts[:-1] or hand.fonts)
    return can_write(own, text)
