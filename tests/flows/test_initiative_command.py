"""``torikomi initiative``: sheets out, answers back into strategy.toml, plans carried over, tasks
scored beforehand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner, Result

from flows.cli import main, torikomi
from flows.commands.demo import make_demo_site
from flows.commands.initiative import _write_new
from initiatives.strategy import load_strategy
from records.errors import DefinitionError, ServiceError

SAMPLES = Path(__file__).parents[2] / "samples"
TASK = {
    "業務名": "転入届の入力",
    "担当課": "市民課",
    "区分": "AI-OCR",
    "個人情報": "個人情報",
    "年間件数": 2400,
    "時間の根拠": "実測",
    "計測した秒数": "200、210、190",
    "1枚の項目数": 25,
}
LOSS = {
    "業務名": "収納の消込",
    "担当課": "税務課",
    "区分": "AI-OCR",
    "個人情報": "個人情報",
    "年間件数": 40,
    "時間の根拠": "申告",
    "1件の時間(分)": 2.4,
    "1枚の項目数": 30,
    "誤りの影響": "大",
}
WRONG = TASK | {"業務名": "別の入力", "年間件数": "四十"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    make_demo_site(SAMPLES, tmp_path / "office", scans=False)
    return tmp_path / "office"


def call(site: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(torikomi, ["initiative", *map(str, arguments), "--site", str(site)])


def error_of(result: Result) -> str:
    """The line that a person would see."""
    assert isinstance(result.exception, DefinitionError | ServiceError)
    return result.exception.message


def filled(template: Path, sheet: str, *answers: dict[str, Any], below: int = 6) -> Path:
    """The workbook with ``answers`` by column title in its rows from ``below`` on."""
    book = openpyxl.load_workbook(template)
    page = book[sheet]
    places = {str(cell.value).rstrip("*"): cell.column for cell in page[4]}
    for number, answer in enumerate(answers, below):
        for title, value in answer.items():
            page.cell(number, places[title]).value = value
    path = template.with_name("回答.xlsx")
    book.save(path)
    return path


def survey(site: Path, *answers: dict[str, Any]) -> Path:
    template = site.parent / "調査票.xlsx"
    assert call(site, "template", "--to", template).exit_code == 0
    return filled(template, "業務調査票", *answers)


def test_survey_answers_become_initiatives_and_the_old_file_is_kept(site: Path) -> None:
    before = (site / "strategy.toml").read_text(encoding="utf-8")
    done = call(site, "import", survey(site, TASK, LOSS))
    assert done.exit_code == 0
    assert "EFF-07 転入届の入力(検討)" in done.stdout
    assert (
        "勧めない" in done.stdout
    )  # the task that would cost more than it saves is seen beforehand
    made = load_strategy(site / "strategy.toml").initiatives
    assert made["EFF-07"].baselines[0].samples == (200_000, 210_000, 190_000)
    assert made["EFF-08"].department == "tax"
    (copy,) = site.glob("strategy.toml.bak-*")
    assert copy.read_text(encoding="utf-8") == before
    assert (site / "strategy.toml").read_text(encoding="utf-8").startswith(before.rstrip())


def test_a_problem_is_named_by_cell_and_nothing_is_written_unless_asked(
    site: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = (site / "strategy.toml").read_bytes()
    answers = survey(site, TASK, WRONG)
    with pytest.raises(SystemExit) as ended:
        main(["initiative", "import", str(answers), "--site", str(site)])
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert "回答.xlsx  業務調査票  N7: 「年間件数」は数だけを書いてください" in told
    assert "何も取り込んでいません" in told
    assert (site / "strategy.toml").read_bytes() == before
    rest = call(site, "import", answers, "--rest")
    assert "1 件を除く" in rest.stdout
    assert "EFF-07" in load_strategy(site / "strategy.toml").initiatives
    again = call(site, "import", answers, "--rest")
    assert "EFF-07 として登録されています" in again.stderr
    assert "取り込むものはありません" in again.stdout


def test_showing_changes_nothing(site: Path) -> None:
    before = (site / "strategy.toml").read_bytes()
    shown = call(site, "import", survey(site, TASK), "--show")
    assert 'code = "EFF-07"' in shown.stdout
    assert '[[plan]]\ninitiative = "EFF-01"' in call(site, "rollover", "2", "--show").stdout
    assert (site / "strategy.toml").read_bytes() == before
    assert list(site.glob("strategy.toml.bak-*")) == []


def test_an_inquiry_goes_out_and_comes_back(site: Path) -> None:
    path = site.parent / "照会.xlsx"
    assert call(site, "inquiry", "EFF-01", "CIT-01", "--to", path).exit_code == 0
    page = openpyxl.load_workbook(path)["各課照会"]
    assert [page.cell(row, 1).value for row in (6, 7, 8)] == ["EFF-01", "CIT-01", None]
    answers = filled(
        path, "各課照会", {"この期の振り返り": "予定どおり進んだ。", "評価": "A", "今後": "拡大"}
    )
    done = call(site, "import", answers)
    assert done.exit_code == 0
    assert "各課照会 1 件" in done.stdout
    last = load_strategy(site / "strategy.toml").initiatives["EFF-01"].periods[-1]
    assert (last.grade, last.verdict, last.review) == ("A", "拡大", "予定どおり進んだ。")
    assert "「EFF-99」は登録されていません" in error_of(call(site, "inquiry", "EFF-99"))


def test_plans_are_carried_over_once(site: Path) -> None:
    assert "8 取組の計画を第3期に引き継ぎました" in call(site, "rollover", "2").stdout
    plans = {p.no: p for p in load_strategy(site / "strategy.toml").initiatives["EFF-01"].periods}
    assert plans[3].continued_from == 2
    assert "引き継ぐ取組はありません" in call(site, "rollover", "2").stdout
    assert "第4期と第5期の両方" in error_of(call(site, "rollover", "4"))


def test_a_task_is_scored_beforehand(site: Path) -> None:
    good = call(site, "suitability", "--volume", "1200", "--minutes", "6", "--fields", "42")
    assert good.stdout.startswith(
        "適性 79点 — 勧める(試算)\n年間 120.0時間 → 24.9時間、95.1時間の削減\n"
    )
    loss = call(
        site,
        "suitability",
        "--volume",
        "40",
        "--minutes",
        "2.4",
        "--fields",
        "30",
        "--error-cost",
        "大",
    )
    assert loss.stdout.startswith(
        "適性 0点 — 勧めない(試算)\n年間 1.6時間 → 7.1時間、▲5.5時間(増えます)\n"
    )
    told = call(site, "suitability", survey(site, LOSS, TASK)).stdout
    assert told.index("転入届の入力") < told.index("収納の消込")  # the best first
    assert call(site, "suitability", "--volume", "5").exit_code == 2
    unmeasured = call(
        site, "suitability", "--volume", "5", "--minutes", "1", "--fields", "1", "--measured", "R7"
    )
    assert "一般の値で見積もります" in unmeasured.stderr


def test_answers_in_a_workbook_are_never_overwritten(site: Path, tmp_path: Path) -> None:
    taken = tmp_path / "答え.xlsx"
    taken.write_text("answers", encoding="utf-8")
    for name in ("template", "inquiry"):
        assert "上書きしません" in error_of(call(site, name, "--to", taken))
    assert taken.read_text(encoding="utf-8") == "answers"
    assert ".xlsx" in error_of(call(site, "template", "--to", tmp_path / "x.xls"))
    assert "書き込めません" in error_of(call(site, "template", "--to", taken / "x.xlsx"))
    assert "ありません" in error_of(call(site, "import", tmp_path / "ない.xlsx"))

    def full(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(ServiceError, match="ディスクがいっぱい"):
        _write_new(tmp_path / "new.xlsx", full)
    assert not (tmp_path / "new.xlsx").exists()
    assert list(tmp_path.glob(".template-*")) == []


def test_a_register_that_cannot_be_written_stays_as_it_is(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (site / "strategy.toml").read_bytes()

    def refuse(*_: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("initiatives.survey.appending.shutil.copy2", refuse)
    assert "何も変えていません" in error_of(call(site, "rollover", "2"))
    assert (site / "strategy.toml").read_bytes() == before
    assert list(site.glob(".strategy-*")) == []
