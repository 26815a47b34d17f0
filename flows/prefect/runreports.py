"""What a batch is called and how it is reported, for people. No personal data: forms, numbers of
sheets, document numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows.delivery import JobResult
from flows.intake import Outcome
from initiatives.register import Strategy
from records.errors import TorikomiError
from records.forms import FormDef


@dataclass(frozen=True, slots=True)
class Telling:
    """What names are made from."""

    forms: Mapping[str, FormDef]
    strategy: Strategy

    def title(self, form: str) -> str:
        """The form's title, or its id where it has gone."""
        if form in self.forms:
            return self.forms[form].title
        return form

    def tags(self, form: str) -> list[str]:
        """Form, initiative and department of a form as tags."""
        if form not in self.forms:
            return [form]
        made = self.forms[form]
        initiative = self.strategy.initiatives.get(made.initiative)
        department = made.department or (
            self.strategy.departments[initiative.department].name if initiative else ""
        )
        return [form, made.initiative, *([department] if department else [])]


def sheets(outcomes: Sequence[Outcome]) -> Counter[str]:
    """Sheets read, by form."""
    total: Counter[str] = Counter()
    for outcome in outcomes:
        total.update(outcome.sheets)
    return total


def batch_name(telling: Telling, outcomes: Sequence[Outcome]) -> str:
    """The run's name: ``取込 児童手当 認定請求書 12枚・口座振替依頼書 4枚・失敗 1件``."""
    parts = []
    for form, n in sheets(outcomes).most_common():
        parts.append(f"{telling.title(form)} {n}枚")
    failed = sum(outcome.state == "failed" for outcome in outcomes)
    if failed:
        parts.append(f"失敗 {failed}件")
    return "取込 " + ("・".join(parts) or "なし")


def batch_tags(telling: Telling, outcomes: Sequence[Outcome]) -> list[str]:
    """The run's tags: ``torikomi``, forms, initiatives, departments."""
    found = []
    for form in sheets(outcomes):
        found += telling.tags(form)
    return list(dict.fromkeys(["torikomi", *found]))


def batch_rows(telling: Telling, outcomes: Sequence[Outcome]) -> list[dict[str, str | int]]:
    """One row a form for the table artifact."""
    waiting: Counter[str] = Counter()
    for outcome in outcomes:
        waiting.update(outcome.waiting)
    rows: list[dict[str, str | int]] = [
        {
            "様式": telling.title(form),
            "枚数": n,
            "確認待ち": waiting[form],
            "確認不要": n - waiting[form],
        }
        for form, n in sheets(outcomes).most_common()
    ]
    failed = sum(outcome.state == "failed" for outcome in outcomes)
    if failed or not rows:
        return [*rows, {"様式": "(失敗した文書)", "枚数": failed, "確認待ち": 0, "確認不要": 0}]
    return rows


def batch_report(telling: Telling, outcomes: Sequence[Outcome]) -> str:
    """The markdown report of a batch."""
    lines = ["# 取込の報告", "", "| 様式 | 枚数 | 確認待ち | 確認不要 |", "|---|--:|--:|--:|"]
    for row in batch_rows(telling, outcomes):
        shown = (row["様式"], row["枚数"], row["確認待ち"], row["確認不要"])
        lines.append(f"| {' | '.join(map(str, shown))} |")
    fields = sum(outcome.fields for outcome in outcomes)
    unseen = sum(outcome.unseen for outcome in outcomes)
    if fields:
        share = f"{unseen / fields:.1%}"
        lines += ["", f"項目 {fields} のうち {unseen}({share})は目視不要です。"]
    failed = [o for o in outcomes if o.state == "failed"]
    if failed:
        lines += [
            "",
            f"読めなかった文書 {len(failed)} 件は failed フォルダーにあり、理由がとなりの .理由.txt にあります。",
            "",
        ]
        lines += [f"- 文書番号 {outcome.document[:12]}" for outcome in failed]
    lines += ["", "確認待ちの値は `torikomi review` で確認できます。"]
    return "\n".join(lines)


def delivery_name(telling: Telling, done: Sequence[JobResult]) -> str:
    """The run's name: ``転記 児童手当 認定請求書 12行``."""
    parts = [f"{telling.title(result.form)} {result.rows}行" for result in done]
    return "転記 " + ("・".join(parts) or "なし")


def delivered_line(done: JobResult) -> str:
    """``転記: /srv/site/ledgers/受付簿.xlsx に 12 行``: where a person finds the rows."""
    where = "、".join(map(str, done.paths)) or "記録(届け先のない様式)"
    return f"転記: {where} に {done.rows} 行"


def delivery_tags(telling: Telling, done: Sequence[JobResult]) -> list[str]:
    """The run's tags, as those of a batch."""
    found = ["torikomi"]
    for result in done:
        found += telling.tags(result.form)
    return list(dict.fromkeys(found))


def delivery_report(
    telling: Telling, results: Mapping[tuple[str, str], JobResult | TorikomiError]
) -> str:
    """The markdown report of a delivery; ``results`` by form id and target."""
    lines = ["# 転記の報告", "", "| 先 | 様式 | 結果 |", "|---|---|---|"]
    for (form, target), result in results.items():
        if isinstance(result, JobResult):
            said = [f"{result.rows} 行"]
            troubles = result.troubles
        else:
            said = []
            troubles = (result,)
        said += [f"待っています: {one_line(error.message)}" for error in troubles]
        title = telling.title(form)
        lines += [f"| {target} | {title} | {text} |" for text in said]
    return "\n".join(lines)


def one_line(text: str) -> str:
    """For a cell of a table."""
    return " ".join(text.split())
