"""What people write into a field for text that is no plain words: times and counts, everyday words
with a number, and signs.

Run ``python -m benchmarks.texts``. Sheets of ``samples/variants/park_permit`` with six such texts
each, by practice hands and through office scanners and FAX. A sheet's name, address and telephone
number are made-up people's.
"""

from __future__ import annotations

import argparse
import tempfile
import unicodedata
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ocr.practice.damage import damaged, source_dpi
from ocr.practice.fill import NONE, fill
from ocr.practice.hands import Hand, find_hands
from ocr.practice.practicesheets import PracticeSheet
from ocr.practice.truths import answers
from ocr.practice.write import save_practice
from ocr.reader import Reader
from records.compare import bare
from records.formloading import load_form
from records.forms import FormDef
from records.site import IntakeSettings, Office, ReadingSettings
from records.types import Field, Record

FORM = Path(__file__).parent.parent / "samples" / "variants" / "park_permit"
DAMAGES = ("scan300", "scan200", "fax_fine")

COUNTS = """
午後1時から3時まで 15:00 5~6人 約20名 10時30分集合 毎週3回 第2日曜日 8:30~17:15 大人2名子ども3名
平日9時から17時 3日間 12月24日 月2回程度 9:00開始 13時頃 午前10時半 週5日勤務 約150人 2泊3日
7月1日から8月31日まで 1日8時間 午後6時以降 18:45 4人家族 年3回 参加者85名 30台分 10:00~12:00
3か月 6か月間 第3土曜日 2時間 45分 午前中2時間 1人1回 25日締切 11月第1週 20世帯 100部 5泊
午後2時15分 7:00~9:00 各5枚 3往復 夜9時まで 小学生40人 15分前 1時間おき 4月から6か月 2回目
午前8時集合 未就学児2人 16:20頃 10月15日 3名欠席 各日2回 500円 12,000円 3~5回 21時終了
"""

WORDS = """
ベンチ3台 テント4張 第3駐車場 看板2枚 車2台 自転車5台 机10脚 いす40脚 1号棟2階 3丁目広場 中央公園2号地
3年2組 大型車1台 屋台6店 発電機2基 第2体育館 椅子20脚 パラソル8本 三輪車1台 小学校4年生 第1会議室
鉢植え30個 のぼり旗12本 2階和室 国道207号 6丁目 4号室 桜の木3本 要介護2 令和7年度 昭和58年 平成30年
障害者手帳2級 スマホ1台 児童手当2人分 熱中症対策テント2張 第5回市民祭 軽トラック2台 スピーカー4台 電柱1本
避難所3か所 保育園2年目 3歳児健診 1歳6か月 65歳以上 水道管2本 市道12号線 県道4号 照明器具5基 土のう200袋
住宅2棟 第4区公民館 1班から5班 パイプ椅子60脚 掲示板1基 仮設トイレ2基 消火器3本 遊具4基 長机6台 LINE登録2件
"""

SIGNS = """
高さ2.5メートル 150㎡ 50% (仮称)森公園 約3.5m 縦2m×横3m 0.8% 3/4 1,500円 10:30~12:00 A4サイズ 37.5℃
雨天中止(小雨決行) 第1・第3土曜 約1.2km 5kg 幅1.8m 20~30人 ①と② テント(白)2張 100m² 2・3年生
体温36.8度 0.5ha 月~金 土・日・祝 ※要予約 30cm×40cm 9:00-17:00 「夏まつり」 (株)森建設 200V
延べ120.5㎡ 氏名・住所 7/20(日) 令和7.4.1 昼の部・夜の部 85% No.12 3-5歳 長さ4.25m 1/2
約60㎝ -5℃ 父・母・子 ±10% 直径0.3m 約2.75m 25m×4本 (有)山田組 A・B・C棟 重さ1.5t 90°
午前・午後 未定(後日連絡) 2.0m以上 第2・4日曜日 3.14 6.5畳 @200円 人工芝(緑) 水100ml
"""

SETS: Mapping[str, tuple[str, ...]] = {
    "times and counts": tuple(COUNTS.split()),
    "everyday words with a number": tuple(WORDS.split()),
    "texts with signs": tuple(SIGNS.split()),
}


@dataclass(frozen=True, slots=True)
class WrittenText:
    """A text that was written, and what became of it."""

    sheet: int
    hand: str
    damage: str
    text: str
    field: Field | None

    @property
    def right(self) -> bool:
        """The same text but for width, blanks and the kind of a dash or wave."""
        return self.field is not None and key(self.text) == key(str(self.field.value or ""))

    @property
    def unseen(self) -> bool:
        return self.field is not None and self.field.unseen

    def line(self) -> str:
        """For people: what was written, what was read, and how sure."""
        read, p = (self.field.value, self.field.p) if self.field else (None, 0.0)
        seen = "UNSEEN" if self.unseen else "shown"
        return (
            f"{self.sheet:3} {self.hand:16} {self.damage:10} {self.text} -> {read} {p:.3f} {seen}"
        )


_WAVES = str.maketrans({"〜": "~", "～": "~", "⁓": "~", "㎝": "cm", "²": "2"})


def key(text: str) -> str:
    """What two spellings of one text have in common."""
    narrow = unicodedata.normalize("NFKC", text.translate(_WAVES))
    return bare(narrow).translate(_WAVES)


def sheets(
    form: FormDef, texts: Sequence[str], count: int, seed: int, hands: Sequence[Hand]
) -> Iterator[PracticeSheet]:
    """``count`` sheets whose text fields hold texts drawn from ``texts``, each as often as the
    others."""
    wanted = [name for name, item in form.fields.items() if item.kind == "text"]
    rng = np.random.default_rng([seed, zlib.crc32("".join(texts).encode())])
    order = [int(n) for _ in range(count) for n in rng.permutation(len(texts))]
    for number in range(count):
        hand = hands[(number + int(seed)) % len(hands)]
        damage = DAMAGES[number % len(DAMAGES)]
        values, home = answers(form, Office(), rng)
        for place, name in enumerate(wanted):
            values[name] = texts[order[number * len(wanted) + place]]
        pages, truth, notes = fill(form, values, home, hand, rng, source_dpi(damage), NONE)
        images, dpi = damaged(pages, damage, rng)
        yield PracticeSheet(form.id, tuple(images), dpi, truth, hand.name, damage, notes)


def read(
    form: FormDef,
    texts: Sequence[str],
    count: int,
    seed: int,
    hands: Sequence[Hand],
    reader: Reader | None = None,
) -> Iterator[WrittenText]:
    """Make the sheets, read them from files, and pair each text with its field."""
    reader = reader or Reader({form.id: form}, Office(), ReadingSettings(), IntakeSettings())
    with tempfile.TemporaryDirectory() as folder:
        for number, sheet in enumerate(sheets(form, texts, count, seed, hands)):
            path = save_practice([sheet], Path(folder))[0]
            records = [r for r in reader.read(path, only="") if isinstance(r, Record)]
            fields = records[0].fields if records else {}
            for name, item in form.fields.items():
                truth = sheet.truth.get(name)
                if item.kind == "text" and isinstance(truth, str):
                    yield WrittenText(number, sheet.hand, sheet.damage, truth, fields.get(name))
            path.unlink()


def main() -> None:
    """Print the table, and with ``--wrong`` every text that was not read right."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=20, help="sheets of each set")
    options.add_argument("--seed", type=int, default=5)
    options.add_argument("--wrong", action="store_true", help="list what was read wrong")
    given = options.parse_args()
    form = load_form(FORM)
    hands = find_hands()
    print("| set | texts | right | unseen | wrong and unseen |\n|---|---|---|---|---|")
    wrong: list[str] = []
    for name, texts in SETS.items():
        made = list(read(form, texts, given.count, given.seed, hands))
        right = sum(w.right for w in made)
        unseen = sum(w.unseen for w in made)
        silent = sum(w.unseen and not w.right for w in made)
        print(f"| {name} | {len(made)} | {right} | {unseen} | {silent} |", flush=True)
        wrong += [w.line() for w in made if not w.right]
    if given.wrong:
        print("\n".join(wrong))


if __name__ == "__main__":
    main()
