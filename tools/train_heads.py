#!/usr/bin/env python3
"""Fit a small head that reads one script from what PP-OCR's recogniser saw, and write it as ONNX for :mod:`ocr.engines.heads`.

PP-OCR's last layer tells 18,710 characters apart, most of them Chinese. Before it, each 8-pixel column of a line is 120
numbers. A head of two convolutions over these, fitted by CTC (Graves et al., ICML 2006) on lines of digits (or of kana) by
many hands, says what the same numbers mean where only digits (or kana) can stand. For developers only; the product runs
without torch. In an environment of its own::

    python3 -m venv /somewhere && /somewhere/bin/pip install torch numpy opencv-python-headless pillow onnx fonttools \\
        onnxruntime rapidocr rapidfuzz wordfreq habachen japanese-personal-name-dataset svg.path
    /somewhere/bin/python tools/train_heads.py digits --real FOLDER --fonts FOLDER... --lines lines.npz --out ocr/engines/models

``--real`` holds sheets ``0.png`` ... ``9.png`` as in ``train_glyphs.py``; the first 65 in a hundred of each class are learnt
from, the next 10 fix the temperature, the last 25 are for testing only. ``--strokes`` is the folder ``kanji`` of KanjiVG.
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import nn

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from glyph_data import DIGITS, font_files, real_digits  # noqa: E402
from glyph_kana import HIRAGANA, KATAKANA  # noqa: E402
from glyph_strokes import draw_digit  # noqa: E402
from line_data import Bank, Shape, bank_of, line_of  # noqa: E402
from onnx_file import Writer  # noqa: E402
from stroke_hands import written_bank  # noqa: E402

from ocr.alphabets import writing  # noqa: E402
from ocr.engines.heads import OTHER  # noqa: E402
from ocr.engines.ppocr import PpOcr, models_folder  # noqa: E402
from ocr.lexicon import Names, names  # noqa: E402
from records.normalise.kana import to_hiragana  # noqa: E402

MARKS = "-()/.,"
"""What stands among the digits of a number, a date or an address."""

OTHERS = (
    "年月日時分円番地号歳才人万千百令和平成昭市町村区県大字丁目甲乙丙のロイハAB:〒鹿島高津原浜中木庭古枝納富分三河内飯田"
    "佐賀武雄嬉野山川本村田中野西東北南上下浦音成母重ノ木行元金銀郵便局店支店様方棟室階"
)
"""Stands for all that is no digit: kanji and kana that addresses, dates and amounts are full of."""

SMALL = "ァィゥェォッャュョぁぃぅぇぉっゃゅょ"
NAMES = ("digits", "kana", "writing")
NO_KANA = "山川田木中大小佐藤鈴高橋0123456789ABC一二三口"

HIDDEN = 128
DROP = 0.1
STEPS_AROUND = (5, 3)
BATCH = 64
RATE = 1.5e-3
PROCESSES = 2


def alphabet_of(name: str) -> str:
    """The characters of a head."""
    return writing_characters() if name == "writing" else {"digits": DIGITS + MARKS, "kana": HIRAGANA + KATAKANA + SMALL}[name]


Text = Callable[[np.random.Generator], str]
_shared: list[tuple[Bank, Text]] = []


def a_number(rng: np.random.Generator) -> str:
    """Something with digits in it, as forms ask for it."""
    def some(low: int, high: int) -> str:
        return "".join(str(n) for n in rng.integers(0, 10, int(rng.integers(low, high + 1))))

    def other(most: int) -> str:
        return "".join(OTHERS[int(n)] for n in rng.integers(0, len(OTHERS), int(rng.integers(0, most + 1))))

    kind = rng.random()
    if kind < .45:
        return some(1, 9)
    if kind < .60:
        area, middle, last = ("0" + some(1, 3), some(2, 4), some(4, 4))
        dash = str(rng.choice(["-", "-", "-", " ", ""]))
        return f"{area}({middle}){last}" if rng.random() < .25 else f"{area}{dash}{middle}{dash}{last}"
    if kind < .74:
        year, month, day = some(1, 2) if rng.random() < .5 else "20" + some(2, 2), str(rng.integers(1, 13)), str(rng.integers(1, 32))
        if rng.random() < .5:
            return f"{'令和' if rng.random() < .3 else ''}{year}年{month}月{day}日"
        part = str(rng.choice(["/", ".", "-"]))
        return part.join((year, month, day))
    if kind < .80:
        return f"{some(1, 3)},{some(3, 3)}" + ("円" if rng.random() < .5 else "")
    if kind < .92:
        dash = str(rng.choice(["-", "番地", "の"]))
        return other(5) + some(1, 4) + (dash + some(1, 3) if rng.random() < .6 else "")
    return other(4) + (some(1, 2) if rng.random() < .5 else "") + other(4) or "年"


def some_kana(rng: np.random.Generator) -> str:
    """Kana by chance, or a name; a small one only after what it goes with."""
    if rng.random() < .3:
        table = names()
        pool = _name_pool(table)
        name = pool[int(rng.integers(len(pool)))] + (" " if rng.random() < .5 else "") + pool[int(rng.integers(len(pool)))]
        return name if rng.random() < .5 else to_hiragana(name)
    script = KATAKANA if rng.random() < .5 else HIRAGANA
    text = ""
    for _ in range(int(rng.integers(1, 10))):
        text += script[int(rng.integers(len(script)))]
        if rng.random() < .10:
            text += str(rng.choice(list(SMALL[9:] if script is HIRAGANA else SMALL[:9])))
        elif rng.random() < .04:
            text += "ー"
        elif rng.random() < .04:
            text += " "
        elif rng.random() < .03:
            text += NO_KANA[int(rng.integers(len(NO_KANA)))]
    return text.strip()


@functools.cache
def _words() -> tuple[list[str], NDArray[np.float64]]:
    """Japanese words and how often they are written, evened out so that rare ones are met, too."""
    import wordfreq

    known = wordfreq.get_frequency_dict("ja", "large")
    words = [w for w in sorted(known, key=lambda w: -known[w])[:60_000] if not w.isascii()]
    often = np.asarray([known[w] for w in words]) ** .6
    return words, often / often.sum()


@functools.cache
def writing_characters(most: int = 3300) -> str:
    """The characters that Japanese words and names are written with, commonest first, as far as PP-OCR knows them."""
    words, often = _words()
    table = names()
    counted: Counter[str] = Counter()
    for word, share in zip(words, often, strict=True):
        for character in word:
            counted[character] += float(share)
    for word in (*table.surnames, *table.given):
        for character in word:
            counted[character] += 2e-6
    sure = "".join(dict.fromkeys(DIGITS + MARKS + "、。・々〒「」" + HIRAGANA + KATAKANA + SMALL + "ヶ"))
    known, allowed = PpOcr(1).index, set(writing())
    rest = [c for c, _ in counted.most_common() if c in known and c in allowed and c not in sure]
    return sure + "".join(rest[:most - len(sure)])


def some_writing(rng: np.random.Generator) -> str:
    """What people write in free boxes: words, names, places with numbers, and now and then characters by chance."""
    words, often = _words()
    table, kind = names(), rng.random()
    if kind < .42:
        count = int(rng.integers(1, 6))
        text = "".join(words[int(n)] for n in rng.choice(len(words), count, p=often))
        return text[:int(rng.integers(2, 15))] + (str(rng.choice(["、", "。"])) if rng.random() < .25 else "")
    surnames, given = _pools(table)
    if kind < .68:
        name = surnames[int(rng.integers(len(surnames)) * rng.random())]
        return name + (" " if rng.random() < .6 else "") + given[int(rng.integers(len(given)))]
    if kind < .88:
        kinds = ["市", "町", "大字", "郡", "区", "村", "丁目", ""]
        place = surnames[int(rng.integers(len(surnames)) * rng.random())] + str(rng.choice(kinds))
        number = str(rng.integers(1, 5000))
        end = str(rng.choice(["番地", f"-{rng.integers(1, 40)}", f"番地{rng.integers(1, 20)}", "号", "甲", ""]))
        text = ("佐賀県" if rng.random() < .1 else "") + place + (surnames[int(rng.integers(len(surnames)))] if rng.random() < .3 else "")
        return text + number + end
    if kind < .93:
        return a_number(rng)
    known = writing_characters()
    return "".join(known[int(n)] for n in rng.integers(0, len(known), int(rng.integers(1, 7))))


@functools.cache
def _pools(table: Names) -> tuple[list[str], list[str]]:
    """Surnames, commonest first, and given names in kanji or kana."""
    return list(table.surnames), [g for g in table.given if 1 <= len(g) <= 4]


@functools.cache
def _name_pool(table: Names) -> list[str]:
    return [*table.surname_readings, *table.given_readings]


def digits_bank(real: Path, part: str, fonts: Sequence[Path]) -> Bank:
    """Digits by people (three in five), by fonts and drawn; marks and others by fonts."""
    bank = bank_of(fonts, DIGITS + MARKS + OTHERS, "0")
    cuts = {"learn": (0.0, .65), "fix": (.65, .75), "test": (.75, 1.0)}[part]
    rng = np.random.default_rng(1)
    for digit, inks in real_digits(real).items():
        low, high = (round(c * len(inks)) for c in cuts)
        people = [Shape(ink, 1.0, 0.0, True) for ink in inks[low:high]]
        if part == "test":
            bank[digit] = people
            continue
        drawn = [Shape(draw_digit(digit, rng)) for _ in range(round(.35 * len(people)))]
        printed = bank.get(digit, [])
        bank[digit] = people * max(1, round(1.5 * (len(printed) + len(drawn)) / len(people))) + printed + drawn
    return bank


def _make(part: tuple[int, int, int]) -> list[tuple[NDArray[np.float16], str]]:
    number, count, seed = part
    cv2.setNumThreads(1)
    bank, text_of = _shared[-1]
    rng, engine = np.random.default_rng([seed, number]), PpOcr(1)
    made: list[tuple[NDArray[np.float16], str]] = []
    while len(made) < count:
        text = text_of(rng)
        if not text or any(c != " " and c not in bank for c in text):
            continue
        line = line_of(text, bank, rng)
        if line is not None and line.shape[1] < 40 * line.shape[0]:
            looked = engine.look(line)[1]
            if looked is not None:
                made.append((looked.astype(np.float16), text))
    return made


def make_lines(bank: Bank, text_of: Text, count: int, seed: int) -> list[tuple[NDArray[np.float16], str]]:
    """Lines as PP-OCR saw them, with their truth; made by two processes."""
    _shared.append((bank, text_of))
    with multiprocessing.get_context("fork").Pool(PROCESSES) as workers:
        parts = workers.map(_make, [(n, -(-count // 16), seed) for n in range(16)], chunksize=1)
    return [line for part in parts for line in part]


class Head(nn.Module):
    """PP-OCR's own last layer, cut down to the head's classes, behind two convolutions along the line that mend what it gets.

    It begins as PP-OCR itself with its alphabet limited, and moves away from that only as far as the lines teach it.
    """

    def __init__(self, characters: str, hidden: int = HIDDEN) -> None:
        super().__init__()
        wide, near = STEPS_AROUND
        self.first = nn.Conv1d(120, hidden, wide, padding=wide // 2)
        self.second = nn.Conv1d(hidden, 120, near, padding=near // 2)
        self.last = nn.Conv1d(120, len(characters) + 2, 1)
        self.drop = nn.Dropout(DROP)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)
        weights, bias = last_layer()
        engine = PpOcr(1)
        with torch.no_grad():
            nn.init.zeros_(self.last.weight)
            nn.init.zeros_(self.last.bias)
            for place, character in enumerate(("", *characters)):
                known = 0 if not place else engine.index.get(character)
                if known is not None:
                    self.last.weight[place, :, 0] = torch.from_numpy(weights[:, known].copy())
                    self.last.bias[place] = float(bias[known])
            self.last.bias[-1] = float(self.last.bias[1:-1].mean())

    def forward(self, looked: torch.Tensor) -> torch.Tensor:
        """(n, 120, steps) → (n, classes, steps), logits."""
        mended = looked + self.second(self.drop(torch.relu(self.first(looked))))
        return self.last(self.drop(mended))


def last_layer() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights, shape (120, classes), and bias of PP-OCR's last layer."""
    graph = onnx.load(str(sorted(models_folder().glob("PP-OCRv6_rec_*.onnx"))[-1])).graph
    weights, bias = (onnx.numpy_helper.to_array(next(i for i in graph.initializer if i.name == f"linear_8.{n}_0")) for n in "wb")
    return weights, bias


def classes_of(text: str, characters: str) -> list[int]:
    """CTC labels of a text: 0 is the blank, the last one any other character; blanks of the text leave no label."""
    return [1 + place if (place := characters.find(c)) >= 0 else len(characters) + 1 for c in text if c != " "]


Lines = list[tuple[NDArray[np.float16], str]]


def _batches(lines: Lines, characters: str, rng: np.random.Generator) -> list[list[int]]:
    order = sorted(rng.permutation(len(lines)).tolist(), key=lambda n: len(lines[n][0]) + rng.uniform(0, 4))
    parts = [order[at:at + BATCH] for at in range(0, len(order), BATCH)]
    return [parts[int(n)] for n in rng.permutation(len(parts))]


def _tensors(lines: Lines, chosen: Sequence[int], characters: str) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    long = max(len(lines[n][0]) for n in chosen)
    looked = np.zeros((len(chosen), 120, long), np.float32)
    labels: list[int] = []
    sizes = []
    for row, n in enumerate(chosen):
        looked[row, :, :len(lines[n][0])] = lines[n][0].T
        own = classes_of(lines[n][1], characters)
        labels += own
        sizes.append(len(own))
    steps = torch.tensor([len(lines[n][0]) for n in chosen])
    return torch.from_numpy(looked), steps, torch.tensor(labels), torch.tensor(sizes)


def fit(lines: Lines, held: Lines, characters: str, epochs: int, seed: int, hidden: int = HIDDEN) -> Head:
    """Fit by AdamW over one cycle; what is kept is the running mean of the weights."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    head = Head(characters, hidden)
    mean = torch.optim.swa_utils.AveragedModel(head, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(.997))
    optimiser = torch.optim.AdamW(head.parameters(), weight_decay=.05)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, epochs * -(-len(lines) // BATCH), pct_start=.1)
    start = time.time()
    for epoch in range(epochs):
        lost = []
        for chosen in _batches(lines, characters, rng):
            looked, steps, labels, sizes = _tensors(lines, chosen, characters)
            looked = looked * torch.from_numpy(rng.uniform(.9, 1.1, (len(looked), 1, 1)).astype(np.float32))
            looked = looked + .12 * torch.randn_like(looked)
            logs = torch.log_softmax(head(looked), dim=1).permute(2, 0, 1)
            loss = nn.functional.ctc_loss(logs, labels, steps, sizes, zero_infinity=True)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(head.parameters(), 2.0)
            optimiser.step()
            cycle.step()
            mean.update_parameters(head)
            lost.append(float(loss.detach()))
        if epoch % 4 == 3 or epoch == epochs - 1:
            kept = mean.module.eval()
            print(f"epoch {epoch + 1}: loss {np.mean(lost):.4f}, held {loss_of(kept, held, characters, 1.0):.4f}, "
                  f"lines right {right(kept, held, characters):.4f}, {time.time() - start:.0f} s", flush=True)
    result: Head = mean.module
    return result.eval()


def loss_of(head: Head, lines: Lines, characters: str, divide: float) -> float:
    """Mean natural log loss of a character."""
    with torch.no_grad():
        looked, steps, labels, sizes = _tensors(lines, range(len(lines)), characters)
        logs = torch.log_softmax(head(looked) / divide, dim=1).permute(2, 0, 1)
        losses = nn.functional.ctc_loss(logs, labels, steps, sizes, reduction="none", zero_infinity=True)
    return float(losses.sum() / sizes.sum())


def right(head: Head, lines: Lines, characters: str) -> float:
    """Share of lines whose best path is the truth."""
    good = 0
    with torch.no_grad():
        for looked, text in lines:
            best = head(torch.from_numpy(looked.T.astype(np.float32))[None])[0].argmax(dim=0).tolist()
            read = [n for at, n in enumerate(best) if n and (not at or best[at - 1] != n)]
            good += read == classes_of(text, characters)
    return good / len(lines)


def export(head: Head, characters: str, divide: float, path: Path) -> None:
    """Write the head: weights as 16-bit floats that are cast on loading, softmax at the end."""
    made = Writer()
    made.add("Transpose", ["looked"], "at0", perm=[0, 2, 1])
    for number, (conv, scale) in enumerate(((head.first, 1.0), (head.second, 1.0), (head.last, divide)), 1):
        names = [made.stored(f"w{number}", conv.weight / scale), made.stored(f"b{number}", conv.bias / scale)]
        side = (conv.kernel_size[0] - 1) // 2
        made.add("Conv", [f"at{number - 1}", *names], f"c{number}", kernel_shape=[conv.kernel_size[0]], pads=[side, side])
        if number == 1:
            made.add("Relu", ["c1"], "at1")
        elif number == 2:
            made.add("Add", ["at0", "c2"], "at2")
    made.add("Transpose", ["c3"], "logits", perm=[0, 2, 1])
    made.write(path, "head", ("looked", [1, "steps", 120]), [1, "steps", len(characters) + 2], characters + OTHER, divide)


def save_lines(path: Path, lines: Lines) -> None:
    """Keep lines for another fitting."""
    np.savez(path, looked=np.concatenate([a for a, _ in lines]), steps=[len(a) for a, _ in lines], texts=[t for _, t in lines])


def load_lines(path: Path) -> Lines:
    """What :func:`save_lines` kept."""
    with np.load(path) as kept:  # each look into it reads the whole array anew
        looked, steps, texts = kept["looked"], kept["steps"], kept["texts"]
    return [(looked[e - n:e], str(t)) for e, n, t in zip(np.cumsum(steps), steps, texts, strict=True)]


def banks(options: argparse.Namespace) -> dict[str, Bank]:
    """Characters to learn from, and to find the temperature with."""
    every = font_files(options.fonts, options.never)
    fonts = font_files(every, options.leave_out)
    rest = [f for f in every if f not in fonts]
    print(f"{len(fonts)} fonts to learn from, {len(rest)} left out")
    if options.name == "digits":
        return {"learn": digits_bank(options.real, "learn", fonts), "fix": digits_bank(options.real, "fix", rest)}
    against = "国田あア"
    wanted = alphabet_of(options.name) + (NO_KANA if options.name == "kana" else "年月日")
    learn = bank_of(fonts, wanted, against)
    if options.strokes:
        for character, drawn in written_bank(options.strokes, wanted, options.drawings, np.random.default_rng(options.seed)).items():
            learn.setdefault(character, []).extend(drawn)
    return {"learn": learn, "fix": bank_of(rest, wanted, against)}


def main() -> None:
    """Make lines, fit, and write one head."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--real", type=Path, help="folder of sheets 0.png ... 9.png")
    parser.add_argument("--fonts", type=Path, nargs="+", required=True, help="fonts, or folders of fonts")
    parser.add_argument("--leave-out", nargs="*", default=[], help="parts of paths of fonts for the temperature only")
    parser.add_argument("--never", nargs="*", default=[], help="parts of paths of fonts not to use at all")
    parser.add_argument("--strokes", type=Path, help="folder of KanjiVG's SVG files: characters are also written stroke by stroke")
    parser.add_argument("--drawings", type=int, default=60, help="of each character, by strokes")
    parser.add_argument("--lines", type=Path, help="keep the lines here (and HELD-... beside it), or take them from here")
    parser.add_argument("--out", type=Path, required=True, help="folder to write NAME-head.onnx to")
    parser.add_argument("--count", type=int, default=16_000)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--hidden", type=int, default=HIDDEN, help="width of the hidden layer (256 in the kana head that ships)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    characters = alphabet_of(options.name)
    text_of = {"digits": a_number, "kana": some_kana, "writing": some_writing}[options.name]
    if options.lines and options.lines.is_file():
        lines, held = load_lines(options.lines), load_lines(options.lines.with_name("held-" + options.lines.name))
    else:
        start = time.time()
        bank = banks(options)
        lines = make_lines(bank["learn"], text_of, options.count, options.seed)
        held = make_lines(bank["fix"], text_of, max(320, options.count // 16), options.seed + 1)
        print(f"{len(lines)} lines made in {time.time() - start:.0f} s", flush=True)
        if options.lines:
            save_lines(options.lines, lines)
            save_lines(options.lines.with_name("held-" + options.lines.name), held)
    torch.set_num_threads(2)
    head = fit(lines, held, characters, options.epochs, options.seed, options.hidden)
    divide = max(1.0, min(np.geomspace(.7, 2.5, 40), key=lambda t: loss_of(head, held, characters, float(t))))
    export(head, characters, float(divide), options.out / f"{options.name}-head.onnx")


if __name__ == "__main__":
    main()
