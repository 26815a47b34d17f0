"""The pages of initiatives, over some months of made-up operation: the report's figures, down to
single decisions; hand work.

``TORIKOMI_SCREENSHOTS=1`` writes the pictures of the manual from a fuller year.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from desk import charts
from desk.app import create_app
from desk.charts import Bar, Step
from desk.handwork import KINDS
from desk.logins import User
from desk.opendesk import Desk
from desk.pages.initiative_rows import SUM_NAMES, seconds
from desk.preload import Preload
from initiatives import reportcells, tables
from initiatives.accounts import Accounts
from initiatives.breakdown import TERMS, entries, items
from initiatives.fiscal import JAPAN, Span, month_span, year_span
from initiatives.ledger import open_books
from initiatives.madeup import operate
from initiatives.summary import make_report
from initiatives.work import STAFF_STEPS
from tests.desk.client import Client
from tests.desk.office import PASSWORD, Served, make_site, serve
from tests.desk.test_look import AXE, DOCS, RULES
from tests.initiatives import test_ten_years
from tests.initiatives.test_ten_years import journal as big_journal

__all__ = ["big_journal"]

FULL = bool(os.environ.get("TORIKOMI_SCREENSHOTS"))
NOW = dt.datetime(2026, 2, 10, 17, 5, tzinfo=JAPAN)
MONTH = month_span(dt.date(2026, 1, 1))
WORKED = Span(dt.date(2024, 10, 1) if FULL else dt.date(2026, 1, 5), dt.date(2026, 2, 9))
Login = Callable[..., Client]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The sample office on a day of February, with made-up work until the day before."""
    served, stop = serve(make_site(tmp_path_factory.mktemp("year") / "site"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Desk, "now", lambda self: NOW)
        desk = served.desk
        desk.people.add(
            User("jimu", "事務 局子", frozenset({"secretariat"}), frozenset()), PASSWORD
        )
        operate(desk.journal, desk.strategy, desk.forms, WORKED, scale=0.6 if FULL else 0.3, seed=3)
        yield served
    stop()


def look(page: Page, name: str, folder: Path) -> None:
    """A picture, and what axe-core says."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=folder / f"{name}.png")
    session = page.context.new_cdp_session(page)
    session.send("Runtime.evaluate", {"expression": AXE})
    session.detach()
    found: Any = page.evaluate("rules => axe.run(document, rules)", RULES)
    assert found["passes"]
    assert not [f"{name}: {v['id']} {n['target']}" for v in found["violations"] for n in v["nodes"]]


def test_every_page_of_initiatives_looks_right_and_can_be_used_by_everybody(
    office: Served,
    as_user: Callable[[str], Page],
    tmp_path: Path,
) -> None:
    folder = DOCS if FULL else tmp_path
    page = as_user("joho")
    places = {
        "initiative-overview": "/initiatives",
        "initiative": "/initiatives/EFF-01",
        "initiative-compare": "/initiatives/compare?span=R7",
        "initiative-breakdown": "/initiatives/EFF-01/breakdown?span=2026-01",
        "initiative-entries": "/initiatives/EFF-01/entries?span=2026-01&of=review",
        "initiative-handwork": "/initiatives/handwork",
        "initiative-future": "/initiatives?span=第4期&department=tax",
    }
    if FULL:
        places["initiative-month"] = "/initiatives?span=2026-01"  # the same page with another chart
    for name, place in places.items():
        reply = page.goto(office.url + place)
        assert reply is not None
        assert reply.status == 200, place
        look(page, name, folder)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 1366, f"{place} is {width} wide"
        for chart in page.locator("svg.chart").all():
            named = chart.get_attribute("aria-labelledby") or ""
            assert page.locator(f"#{named}").text_content()
            assert "同じ数値の表" in (
                page.locator(f"#{chart.get_attribute('aria-describedby')}").text_content() or ""
            )
        assert page.locator("svg.chart").count() == 0 or page.locator("table").count() >= 1
        assert "見本の架空データ" in page.content()
    page.goto(office.url + "/initiatives")
    page.emulate_media(media="print")
    expect(page.locator("header.top")).to_be_hidden()
    expect(page.locator("svg.chart").first).to_be_visible()
    page.emulate_media(media="screen", color_scheme="light", forced_colors="active")
    expect(page.locator("svg.chart").first).to_be_visible()


def test_the_overview_shows_the_vision(office: Served, as_client: Login) -> None:
    vision = office.desk.strategy.vision
    assert vision
    assert vision in as_client("zeimu1").get("/initiatives?span=R7").text


def test_the_overview_shows_the_figures_of_the_report(office: Served, as_client: Login) -> None:
    client, desk = as_client("zeimu1"), office.desk
    for text, span in (
        ("R7", year_span(2025)),
        ("第2期", Span(year_span(2025).first, year_span(2026).last)),
        ("2026-01", MONTH),
    ):
        report = make_report(desk.journal, desk.strategy, span, NOW.date())
        page = client.get(f"/initiatives?span={text}").text
        rows = {r[0]: r for r in table_rows(page, "取組ごとの状況")}
        for sheet in report.sheets:
            row = rows[sheet.initiative.code]
            assert row[4] == f"{sheet.balance.work.accepted:,}"
            assert row[5] == reportcells.show(
                reportcells.hours(reportcells.net(sheet.balance)), "hours"
            )
            assert row[6] == reportcells.show(
                reportcells.share(sheet.balance.unseen_share), "percent"
            )
            if sheet.track != "—":
                assert row[10] == sheet.track
            assert row[11] == (sheet.grade.letter if sheet.grade else "—")
        assert rows["計"][5] == reportcells.show(
            reportcells.hours(report.balance.net.milliseconds), "hours"
        )
        months = table_rows(page, "の月別")
        assert [r[4] for r in months] == [
            reportcells.show(reportcells.hours(reportcells.net(b)), "hours")
            for _, b in report.months
        ]
    compared = client.get("/initiatives/compare?span=R7").text
    report = make_report(desk.journal, desk.strategy, year_span(2025), NOW.date())
    assert [r[5] for r in table_rows(compared, "課別")] == [
        r[5] for r in tables.department_table(report).shown()
    ]
    department = client.get("/initiatives?span=R7&department=tax").text
    assert {r[0] for r in table_rows(department, "取組ごとの状況")} == {"EFF-02", "EFF-06", "計"}


NOWHERE = (
    "/initiatives?span=2025-10-05..2025-10-09",
    "/initiatives?span=R40",
    "/initiatives?span=x",
    "/initiatives?department=nobody",
    "/initiatives/EFF-99",
    "/initiatives/EFF-01/entries?of=password",
    "/initiatives/CIT-01/breakdown",
    "/initiatives/EFF-99/breakdown",
)


def test_what_is_not_there_is_not_there(office: Served, as_client: Login) -> None:
    client = as_client("fukushi1")
    found = {place: client.get(place).status_code for place in NOWHERE}
    assert found == dict.fromkeys(NOWHERE, 404)


def table_rows(page: str, caption: str) -> list[list[str]]:
    """The body rows of the table whose caption contains ``caption``, as text."""
    found = re.search(
        rf'<caption class="away">[^<]*{caption}[^<]*</caption>(.*?)</table>', page, re.DOTALL
    )
    assert found, caption
    body = found[1].split("<tbody>")[1]
    return [
        [
            re.sub(r"<[^>]+>", "", cell).strip()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.DOTALL)
    ]


def milliseconds(text: str) -> int:
    """What :func:`seconds` or a count says, back as a number."""
    sign, text = (-1, text[1:]) if text.startswith("▲") else (1, text)
    found = re.fullmatch(r"(?:([\d,]+)時間)?(?:(\d+)分)?(?:(\d+)(?:\.(\d{3}))?秒)", text)
    if not found:
        return sign * int(text.replace(",", ""))
    hours, minutes, whole, rest = (int((part or "0").replace(",", "")) for part in found.groups())
    return sign * (((hours * 60 + minutes) * 60 + whole) * 1000 + rest)


def test_every_figure_leads_down_to_records_that_add_up_to_it_to_the_millisecond(
    office: Served, as_client: Login
) -> None:
    client, desk = as_client("jimu"), office.desk
    books = open_books(desk.journal, desk.strategy, MONTH, NOW.date(), only="EFF-02")
    balance = books.balance("EFF-02", MONTH)
    page = client.get("/initiatives/EFF-02/breakdown?span=2026-01").text
    shown = [int(n) for n in re.findall(r'<tr data-ms="(-?\d+)"', page)]
    terms = [i.term for i in items(books, "EFF-02", MONTH)]
    assert (
        sum(ms if term == "baseline" else -ms for ms, term in zip(shown, terms, strict=True))
        == balance.net.milliseconds
    )
    assert f'data-ms="{balance.net.milliseconds}"' in page
    assert seconds(balance.net.milliseconds) in page
    linked = set(re.findall(r"entries\?span=2026-01&amp;of=(\w+)", page))
    assert {"accepted", "failed", "review", "unseen", "corrected"} <= linked
    for name in linked:
        place, total, pages = f"/initiatives/EFF-02/entries?span=2026-01&of={name}", 0, 0
        while place:
            part = client.get(place).text
            rows = table_rows(part, "の記録")
            if rows == [["記録はありません"]]:
                break
            assert sum(milliseconds(row[-1]) for row in rows[:-1]) == milliseconds(rows[-1][-1])
            total += milliseconds(rows[-1][-1])
            pages += 1
            following = re.search(r'id="next" href="([^"]+)"', part)
            place = following[1].replace("&amp;", "&") if following else ""
        assert total == getattr(balance.work, name), name
        assert milliseconds(re.search(r'id="whole">([^<]+)<', part)[1]) == total  # type: ignore[index]
        assert name != "review" or pages > 1
    days = [row[5] for row in table_rows(page, "日別の内訳")]
    assert len(days) > 5


def test_items_and_entries_are_the_whole_account(office: Served) -> None:
    desk = office.desk
    books = open_books(desk.journal, desk.strategy, year_span(2025), NOW.date())
    for code in desk.strategy.codes:
        balance = books.balance(code, year_span(2025))
        found = items(books, code, year_span(2025))
        for term in TERMS:
            assert (
                sum(i.milliseconds for i in found if i.term == term)
                == getattr(balance, term).milliseconds
            )
        for name in SUM_NAMES:
            assert sum(
                e.value for e in entries(desk.journal, code, year_span(2025), name)
            ) == getattr(balance.work, name)


def test_another_department_sees_sums_but_neither_sheets_nor_people(
    office: Served, as_client: Login
) -> None:
    place = "/initiatives/EFF-01/entries?span=2026-01&of="
    own, other, secretariat = (as_client(name) for name in ("fukushi1", "zeimu1", "jimu"))
    for of in ("review", "accepted"):
        mine, theirs, audit = (client.get(place + of).text for client in (own, other, secretariat))
        assert re.search(r'<a href="/records/[0-9a-f]{16}-001">', mine)
        assert "/records/" not in theirs
        assert not re.search(r"[0-9a-f]{16}-001", theirs)
        assert "/records/" not in audit.replace('href="/records"', "")
        assert [r[-1] for r in table_rows(mine, "の記録")] == [
            r[-1] for r in table_rows(theirs, "の記録")
        ]
        if of == "review":
            assert "見本 職員" in mine
            assert "見本 職員" in audit
            assert "見本 職員" not in theirs
            assert "ほかの課" in theirs
        sheet = re.search(r'<a href="(/records/[^"]+)"', mine)
        assert sheet
        assert own.get(sheet[1]).status_code == 200
        assert other.get(sheet[1]).status_code == 404


def test_from_the_pillar_to_a_single_decision_with_the_keyboard_alone(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    page = as_user("fukushi1")
    page.goto(f"{office.url}/initiatives?span=2026-01")

    def follow(link: str) -> None:
        for _ in range(120):
            page.keyboard.press("Tab")
            if page.evaluate(
                "document.activeElement.tagName == 'A' && document.activeElement.getAttribute('href') || ''"
            ).startswith(link):
                before = page.url
                page.keyboard.press("Enter")
                page.wait_for_url(lambda url, before=before: url != before)  # type: ignore[misc]
                return
        raise AssertionError(f"no Tab leads to {link} on {page.url}")

    follow("/initiatives/EFF-01?")
    expect(page.locator("h1")).to_contain_text("児童手当")
    follow("/initiatives/EFF-01/breakdown?span=2026-01")
    follow("/initiatives/EFF-01/entries?span=2026-01&of=review")
    follow("/records/")
    expect(page.locator("h1")).to_contain_text("児童手当")


# --- hand work ------------------------------------------------------------------------------------


def told(office: Served, code: str = "EFF-01") -> tuple[int, int, int]:
    """Net milliseconds of February, sheets by hand, and whether the upkeep is declared."""
    span = month_span(NOW.date())
    balance = open_books(office.desk.journal, office.desk.strategy, span, NOW.date()).balance(
        code, span
    )
    return balance.net.milliseconds, balance.work.by_hand, balance.work.told_upkeep


def test_hand_work_is_entered_with_the_keyboard_counts_and_can_be_taken_back(
    office: Served, as_user: Callable[[str], Page]
) -> None:
    before = told(office)
    page = as_user("fukushi1")
    page.goto(f"{office.url}/initiatives/handwork")
    expect(page.locator("select[name=initiative] option")).to_have_count(
        2
    )  # 選んでください and EFF-01
    page.locator("select[name=initiative]").focus()
    page.keyboard.press("ArrowDown")
    page.locator("select[name=step]").select_option("upkeep")
    page.locator("input[name=minutes]").focus()
    page.keyboard.type("12.5")
    page.locator("input[name=note]").focus()
    page.keyboard.type("様式の枠を直した 477627144459")
    page.locator("input[value=declared]").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    row = page.locator("table tbody tr").first
    expect(row).to_contain_text("12.50")
    expect(row).to_contain_text("申告")
    expect(row).to_contain_text("福祉 一郎")
    assert "477627144459" not in page.content()
    assert told(office) == (before[0] - 750_000, before[1], before[2] + 750_000)
    page.goto(f"{office.url}/initiatives/EFF-01/breakdown?span=2026-02")
    page.click("text=維持管理(申告)")
    expect(page.locator("#whole")).to_have_text("12分30秒")
    expect(page.locator("tbody tr").first).to_contain_text("福祉 一郎")
    page.goto(f"{office.url}/initiatives/handwork")
    page.locator("tbody button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("table tbody tr").first).to_contain_text("取り消し済み")
    assert told(office) == before
    assert office.desk.journal.chain.verify() is None


def entry(client: Client, **more: Any) -> dict[str, Any]:
    return {
        "csrf": client.csrf,
        "initiative": "EFF-01",
        "step": "rework",
        "day": "2026-02-09",
        "minutes": "5",
        "sheets": "",
        "basis": "measured",
        "key": f"hand:{time.monotonic_ns()}",
        **more,
    }


def test_an_entry_that_is_sent_twice_counts_once_and_nobody_takes_back_another_departments(
    office: Served, as_client: Login
) -> None:
    own, other, secretariat = (as_client(name) for name in ("fukushi2", "zeimu1", "jimu"))
    before, sent = told(office), entry(own)
    assert [own.http.post("/initiatives/handwork", data=sent).status_code for _ in range(2)] == [
        303,
        303,
    ]
    assert told(office)[0] == before[0] - 300_000
    back = "/initiatives/handwork/back"
    assert other.http.post(back, data={"csrf": other.csrf, "key": sent["key"]}).status_code == 400
    assert sent["key"] not in other.get("/initiatives/handwork").text
    assert told(office)[0] == before[0] - 300_000
    assert (
        secretariat.http.post(back, data={"csrf": secretariat.csrf, "key": sent["key"]}).status_code
        == 303
    )
    assert (
        secretariat.http.post(back, data={"csrf": secretariat.csrf, "key": sent["key"]}).status_code
        == 400
    )
    assert told(office) == before
    declared = list(office.desk.journal.chain.events(kind="declared", actor="fukushi2"))
    assert [e.payload["initiative"] for e in declared] == ["EFF-01"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"initiative": "EFF-02"}, "取組を選んでください"),
        ({"initiative": "CIT-01"}, "取組を選んでください"),
        ({"step": "read"}, "種類"),
        ({"form": "account_transfer"}, "様式"),
        ({"day": "2026-02-11"}, "先の日付"),
        ({"day": "2025-01-10"}, "92日"),
        ({"day": ""}, "日を選んで"),
        ({"minutes": "0"}, "分数"),
        ({"minutes": "-5"}, "分数"),
        ({"minutes": "nan"}, "分数"),
        ({"minutes": "99999"}, "分数"),
        ({"sheets": "2"}, "枚数は"),
        ({"step": "exception"}, "枚数を入れて"),
        ({"step": "exception", "sheets": "9000"}, "まで入れられます"),
        ({"step": "exception", "sheets": "1.5"}, "整数"),
        ({"key": ""}, "開き直して"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_with_the_reason_and_keeps_what_was_typed(
    office: Served,
    as_client: Login,
    wrong: dict[str, str],
    message: str,
) -> None:
    client = as_client("fukushi1")
    before = told(office), told(office, "EFF-02")
    reply = client.http.post(
        "/initiatives/handwork", data=entry(client, note="そのまま残る", **wrong)
    )
    assert reply.status_code == 400
    assert message in re.sub(r"\s", "", reply.text.split('role="alert">')[1].split("</p>")[0])
    assert 'value="そのまま残る"' in reply.text
    assert (told(office), told(office, "EFF-02")) == before


def test_hand_work_needs_the_pages_token_and_a_role(office: Served, as_client: Login) -> None:
    staff, machine = as_client("fukushi1"), as_client("system")
    assert staff.http.post("/initiatives/handwork", data=entry(staff, csrf="x")).status_code == 403
    assert machine.get("/initiatives/handwork").status_code == 404
    assert machine.http.post("/initiatives/handwork", data=entry(machine)).status_code == 404
    assert "手作業の記録" not in machine.get("/initiatives").text


def test_sheets_done_by_hand_take_the_place_of_what_was_assumed(
    office: Served, as_client: Login
) -> None:
    desk, client = office.desk, as_client("jimu")
    year = open_books(desk.journal, desk.strategy, year_span(2025), NOW.date())
    works = {code: year.balance(code, year_span(2025)).work for code in sorted(desk.strategy.codes)}
    code = next(code for code, work in works.items() if work.failed > work.by_hand)
    before = told(office, code)
    sent = entry(client, initiative=code, step="exception", sheets="1", minutes="20")
    assert client.http.post("/initiatives/handwork", data=sent).status_code == 303
    after = told(office, code)
    assert after[1] == before[1] + 1
    each = next(
        i.each
        for i in items(
            open_books(desk.journal, desk.strategy, month_span(NOW.date()), NOW.date()),
            code,
            month_span(NOW.date()),
        )
        if i.term == "exceptions" and i.each
    )
    assert after[0] == before[0] + each - 20 * 60_000


# --- charts and speed -----------------------------------------------------------------------------


def test_a_chart_is_plain_svg_drawn_once_that_says_its_figures_and_hatches_losses() -> None:
    bars = (
        Bar("4月", 12.3, "12.3"),
        Bar("5月", -5.0, "▲5.0"),
        Bar("6月", None, "—"),
        Bar("<b>", 1.0, "1.0"),
    )
    drawn = charts.columns("削減 <script>", bars, "時間")
    assert charts.columns("削減 <script>", bars, "時間") is drawn
    assert "<script" not in drawn
    assert "<b>" not in drawn
    assert " style=" not in drawn
    assert "http://www.w3.org" not in drawn.replace("http://www.w3.org/2000/svg", "").replace(
        "http://www.w3.org/1999/xlink", ""
    )
    assert re.search(r'fill="url\(#chart-\w+-h\)"', drawn)
    assert "5月 ▲5.0" in drawn
    assert "6月</text>" in drawn  # a month in which nothing happened keeps its place
    plan = charts.course("累計", (Step("4月", 1.0, 2.0), Step("5月", None, 4.0)), "時間")
    assert "stroke-dasharray" in plan
    assert re.search(r">\s*計画 4<", plan)
    assert re.search(r">\s*実績 1<", plan)


@pytest.mark.slow
def asked(office: Served, app: FastAPI, cookies: dict[str, str], place: str) -> str:
    """A page as the server makes it, without a network between."""
    transport = httpx.ASGITransport(app=app)

    async def get() -> httpx.Response:
        async with httpx.AsyncClient(
            transport=transport, base_url=office.url, cookies=cookies
        ) as http:
            return await http.get(place)

    with ThreadPoolExecutor(1) as pool:  # the browser of the other tests has a loop in this thread
        reply = pool.submit(lambda: asyncio.run(get())).result()
    assert reply.status_code == 200
    return reply.text


def test_pages_of_300_initiatives_take_far_less_than_reading_all_anew_once_the_desk_is_ready(
    office: Served,
    big_journal: Any,
    as_client: Login,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The very first page too, and the first of a new day, in processor time of server and client
    together, while work comes in.

    Compared with the same page by a desk that has just started and has nothing ready, in the same
    run.
    """
    strategy = test_ten_years.strategy()
    big = replace(
        office.desk,
        strategy=strategy,
        journal=big_journal,
        accounts=Accounts(big_journal, strategy),
        preload=Preload(),
    )
    app, cookies = create_app(big), dict(as_client("jimu").http.cookies)
    drawings = (charts.columns, charts.course, charts.lying, charts.pairs)
    for drawn in drawings:
        drawn.cache_clear()
    unready = create_app(replace(big, accounts=Accounts(big_journal, strategy), preload=Preload()))
    began = time.process_time()
    asked(office, unready, cookies, "/initiatives?span=R7")
    anew = time.process_time() - began
    for drawn in drawings:
        drawn.cache_clear()
    ready = threading.Event()
    big.preload.begin(big.accounts, strategy, big.now, ready.set)
    assert ready.wait(60)
    big.preload.close()
    spent = {}

    def timed(what: str, place: str = "/initiatives?span=R7") -> str:
        began = time.process_time()
        page = asked(office, app, cookies, place)
        spent[what] = time.process_time() - began
        return page

    first = timed("first")
    assert first.count("/breakdown?") == test_ten_years.COUNT
    timed("compare", "/initiatives/compare")
    for n in range(3):
        big_journal.work.add_receipt(
            test_ten_years.task_receipt(f"EFF-{n:03}", f"form{n}", items=1, seconds=1.0), NOW
        )
        assert timed(f"work {n}") != first
    for n in range(3):
        evening = NOW.replace(hour=23, minute=50) + dt.timedelta(days=n)
        monkeypatch.setattr(Desk, "now", lambda self, now=evening: now)
        Preload().prepare(big.accounts, evening)
        assert big.accounts.until == evening.date()  # still today
        big_journal.work.add_receipt(
            test_ten_years.task_receipt("EFF-005", "form5", items=1, seconds=1.0), evening
        )
        monkeypatch.setattr(Desk, "now", lambda self, now=evening: now + dt.timedelta(minutes=11))
        timed(f"new day {n}")
        assert big.accounts.until == evening.date() + dt.timedelta(days=1)
    with (
        big.accounts.on(big.accounts.until) as history,
        Accounts(big_journal, strategy).on(big.accounts.until) as read,
    ):
        assert history.total(strategy.codes, year_span(2025)) == read.total(
            strategy.codes, year_span(2025)
        )
    for what in ("first", "compare", "work", "new day"):
        assert min(taken for name, taken in spent.items() if name.startswith(what)) < 0.75 * anew, (
            spent,
            anew,
        )


def test_every_kind_of_hand_work_has_words() -> None:
    assert set(KINDS) == set(STAFF_STEPS)
