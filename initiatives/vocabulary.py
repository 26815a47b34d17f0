"""The words that strategy.toml may use, and what a computed KPI can be computed from."""

from __future__ import annotations

from collections.abc import Mapping

from initiatives.register import Basis

BASES: tuple[Basis, ...] = ("実測", "試算", "申告")
KINDS = ("AI-OCR", "RPA", "両方", "BPR", "他")
ORIGINS = ("業務調査票", "照会", "市民意見", "職員アンケート", "WG", "")
PII_LEVELS = ("なし", "個人情報", "特定個人情報")
STATUSES = ("検討", "試行", "本格", "休止", "終了")
VERDICTS = ("継続", "拡大", "縮小", "見直し", "廃止", "")
KPI_KINDS = ("KGI", "KPI", "活動指標")
COST_CATEGORIES = ("ライセンス", "開発", "保守", "機器", "研修")
RATE_NAMES = ("時間単価", "年間時間", "1日時間")


FORMULAS: Mapping[str, str] = {
    "saved_hours": "正味の削減時間(時間)",
    "accepted": "取り込んだ件数(件)",
    "unseen_share": "目視不要の割合(%)",
    "field_accuracy": "項目の正読率(%)",
    "wrong_unseen": "目視しなかった値の誤り率(%)",
    "manual": "手で記録した実績",
}
"""What a KPI may be computed from. ``manual`` takes its actual figures from ``strategy.toml``."""
