"""Which pages are one sheet, without any image: fronts and backs as feeders and hands mix them."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.seen import Scorer
from ocr.stacks.pairing import Group, joined
from ocr.stacks.stated import AskedInk, Leaf, Stated

Paper = tuple[str, int]
"""A person's page: A's front is ("A", 1)."""


def leaf(at: int, paper: Paper, value: str | None = None, others: Sequence[str] = ()) -> Leaf:
    stated = {} if value is None else {0: Stated(value, frozenset(others))}
    return Leaf(at, paper[1], stated)


def stack(papers: Sequence[Paper], *, told: bool, start: int = 1) -> list[Leaf]:
    """Pages that follow each other; ``told``: each says whose it is."""
    names = [f"{paper[0]}{paper[0]}" if told else None for paper in papers]
    numbered = enumerate(zip(papers, names, strict=True), start)
    return [leaf(at, paper, name) for at, (paper, name) in numbered]


def told_of(papers: Sequence[Paper], groups: Sequence[Group]) -> list[tuple[str, str]]:
    """Each group as the people in it and its doubt."""
    return [("".join(papers[leaf.at - 1][0] for leaf in g.leaves), g.doubt) for g in groups]


A1, A2, B1, B2, C1, C2 = (("A", 1), ("A", 2), ("B", 1), ("B", 2), ("C", 1), ("C", 2))


@pytest.mark.parametrize(
    "papers",
    [
        (A1, A2, B1, B2),
        (A1, B1, A2, B2),
        (A1, B1, B2, A2),
        (B2, B1, A2, A1),
        (A2, B2, A1, B1),
        (A1, A2, A1, A2),
    ],
)
def test_what_stands_on_both_pages_joins_them_in_any_order(papers: Sequence[Paper]) -> None:
    groups = joined(stack(papers, told=True), 2)
    assert all(not group.doubt for group in groups)
    assert sorted(told_of(papers, groups)) in ([("AA", ""), ("BB", "")], [("AA", ""), ("AA", "")])


def test_a_missing_page_leaves_its_other_one_alone() -> None:
    papers = (A1, B1, C1, A2, C2)
    groups = joined(stack(papers, told=True), 2)
    assert told_of(papers, groups) == [("AA", ""), ("B", ""), ("CC", "")]


def test_a_front_and_a_strange_back_are_never_joined_in_silence() -> None:
    for papers in ((A1, B2), (A1, B1, A2), (B2, A1), (A1, C2, B1, B2)):
        groups = joined(stack(papers, told=True), 2)
        assert all(group.doubt for group in groups if len(set(told_of(papers, [group])[0][0])) > 1)


def test_two_people_of_one_name_are_asked_about() -> None:
    papers = (A1, C1, A2, C2)
    leaves = [leaf(at, paper, "同じ名") for at, paper in enumerate(papers, 1)]
    assert [len(group.leaves) for group in joined(leaves, 2)] == [1, 1, 1, 1]


def test_a_page_that_was_scanned_twice_is_asked_about() -> None:
    """The second back may be that of another person of the same name."""
    papers = (A1, A2, A2, B1, B2)
    groups = joined(stack(papers, told=True), 2)
    assert told_of(papers, groups) == [("AA", "order"), ("A", ""), ("BB", "")]


def test_a_value_that_was_nearly_read_counts_where_the_order_agrees() -> None:
    near = [leaf(1, A1, "大田健", ["太田健"]), leaf(2, A2, "太田健")]
    assert [g.doubt for g in joined(near, 2)] == [""]
    far = [leaf(1, A1, "大田健", ["太田健"]), leaf(4, A2, "太田健")]
    assert [g.doubt for g in joined(far, 2)] == ["values"]


def test_a_misread_value_among_joined_sheets_is_proposed_and_asked() -> None:
    papers = (A1, B1, C1, A2, B2, C2)
    leaves = stack(papers, told=True)
    leaves[4] = leaf(5, B2, "読み違い")
    assert told_of(papers, joined(leaves, 2)) == [("AA", ""), ("BB", "values"), ("CC", "")]


def test_values_that_are_certain_and_differ_part_what_the_order_joins() -> None:
    first = Leaf(1, 1, {0: Stated("001", sure=True)})
    second = Leaf(2, 2, {0: Stated("002", sure=True)})
    assert [len(g.leaves) for g in joined([first, second], 2, "stack")] == [1, 1]


def test_order_alone_is_enough_for_a_file_of_one_sheet_only() -> None:
    assert [g.doubt for g in joined(stack((A1, A2), told=False), 2)] == [""]
    assert [g.doubt for g in joined(stack((A1, A2), told=False), 2, "none")] == ["order"]
    two = stack((A1, A2, B1, B2), told=False)
    assert [g.doubt for g in joined(two, 2)] == ["stack", "stack"]
    assert [g.doubt for g in joined(two, 2, "stack")] == ["", ""]


@pytest.mark.parametrize("papers", [(A1, B1, A2, B2), (A1, B1, B2, A2), (A1, A2, B2), (A1, B1)])
def test_without_a_common_value_a_stack_out_of_order_stays_in_pages(
    papers: Sequence[Paper],
) -> None:
    for order in ("none", "file", "stack"):
        groups = joined(stack(papers, told=False), 2, order)
        assert [len(group.leaves) for group in groups] == [1] * len(papers)


def test_a_stack_upside_down_is_asked_about() -> None:
    groups = joined(stack((B2, B1, A2, A1), told=False), 2, "stack")
    assert [g.doubt for g in groups] == ["reversed", "reversed"]


def test_one_missing_back_in_a_long_stack_does_not_undo_the_rest() -> None:
    papers = [(name, page) for name in "ABCDEFG" for page in (1, 2)]
    papers.remove(("D", 2))
    groups = joined(stack(papers, told=False), 2)
    assert told_of(papers, groups) == [
        (name if name == "D" else name * 2, "" if name == "D" else "order") for name in "ABCDEFG"
    ]


def test_something_between_two_pages_parts_them() -> None:
    leaves = [leaf(1, A1), leaf(3, A2)]
    assert [len(group.leaves) for group in joined(leaves, 2)] == [1, 1]


def test_a_third_page_without_the_value_follows_by_order() -> None:
    papers = [("A", 1), ("A", 2), ("A", 3), ("B", 1), ("B", 2), ("B", 3)]
    leaves = stack(papers, told=True)
    bare = [leaf(one.at, papers[one.at - 1]) if one.page == 3 else one for one in leaves]
    assert told_of(papers, joined(bare, 3)) == [("AAA", "stack"), ("BBB", "stack")]
    assert told_of(papers, joined(bare, 3, "stack")) == [("AAA", ""), ("BBB", "")]
    broken = [one for one in bare if one.at != 6]
    assert told_of(papers, joined(broken, 3, "stack")) == [("AA", ""), ("A", ""), ("BB", "")]


def inked(at: int, paper: Paper, read: str, **costs: float) -> Leaf:
    """A page that was read as ``read``, and whose ink speaks so much against other names."""
    logs = {read: 0.0} | {name: -cost for name, cost in costs.items()}
    ink = AskedInk([read, *costs], lambda: lambda texts: {t: logs.get(t, -60.0) for t in texts})
    return Leaf(at, paper[1], {0: Stated(read, asked=ink)})


def test_names_that_are_read_differently_are_joined_by_their_ink_in_any_order() -> None:
    leaves = [
        inked(1, A1, "安藤奈々", 安藤奈江=9.0),
        inked(2, B2, "大田健", 太田健=1.0),
        inked(3, A2, "安藤奈江", 安藤奈々=2.0),
        inked(4, B1, "太田健", 大田健=3.0),
    ]
    papers = (A1, B2, A2, B1)
    assert told_of(papers, joined(leaves, 2)) == [("AA", ""), ("BB", "")]


def test_brothers_are_not_joined_by_their_ink() -> None:
    """Each brother has lost another page, and what is left lies side by side."""
    leaves = [inked(1, A1, "大田太郎", 大田次郎=16.0), inked(2, B2, "大田次郎", 大田太郎=19.0)]
    more = [inked(3, C1, "堤孝子"), inked(4, C2, "堤孝子")]
    papers = (A1, B2, C1, C2)
    assert told_of(papers, joined([*leaves, *more], 2)) == [("AB", "values"), ("CC", "")]


def test_ink_that_may_be_either_of_two_names_joins_nobody() -> None:
    leaves = [
        inked(1, A1, "安藤奈々", 安藤奈江=4.0),
        inked(2, C1, "堤孝子"),
        inked(3, A2, "安藤奈奈", 安藤奈々=1.0, 安藤奈江=3.0),
        inked(4, B2, "安藤奈工", 安藤奈江=1.0, 安藤奈々=2.0),
    ]
    assert all(len(group.leaves) == 1 or group.doubt for group in joined(leaves, 2))


def test_a_name_that_is_hard_to_read_is_joined_where_no_other_page_is_left() -> None:
    hard = [inked(1, A1, "田山おせ", 田中拓也=12.0), inked(4, A2, "田中拓也")]
    others = [inked(2, B1, "堤孝子"), inked(3, B2, "堤孝子")]
    papers = (A1, B1, B2, A2)
    assert told_of(papers, joined([*hard, *others], 2)) == [("AA", ""), ("BB", "")]
    more = [inked(5, C1, "大田健")]
    groups = joined([*hard, *others, *more], 2)
    assert ("AA", "values") in told_of((*papers, C1), groups)


def test_ink_is_asked_only_where_the_values_leave_a_doubt() -> None:
    def never() -> Scorer:
        raise AssertionError("asked")

    leaves = [
        Leaf(at, paper[1], {0: Stated(paper[0] * 2, asked=AskedInk([paper[0] * 2], never))})
        for at, paper in enumerate((A1, B1, A2, B2), 1)
    ]
    assert [group.doubt for group in joined(leaves, 2)] == ["", ""]


@given(
    st.lists(st.sampled_from("ABCDEFGH"), unique=True, min_size=1),
    st.integers(0, 2**32),
    st.floats(0, 0.4),
)
def test_no_order_of_any_stack_mixes_two_people_unseen(
    people: list[str], seed: int, lost: float
) -> None:
    """Whatever is lost, turned, doubled or misread: what joins without a person is one person's."""
    chance = random.Random(seed)
    papers = [(name, page) for name in people for page in (1, 2)]
    papers += [paper for paper in papers if chance.random() < 0.1]
    papers = [paper for paper in papers if chance.random() >= lost]
    chance.shuffle(papers)
    leaves = [_read(at, paper, chance) for at, paper in enumerate(papers, 1)]
    groups = joined(leaves, 2)
    assert sorted(one.at for group in groups for one in group.leaves) == [one.at for one in leaves]
    alone = len(leaves) == 2  # a file of one sheet: the file itself holds its pages together
    for group in groups:
        names = {papers[one.at - 1][0] for one in group.leaves}
        assert len(names) == 1 or group.doubt or alone


def _read(at: int, paper: Paper, chance: random.Random) -> Leaf:
    """A page whose name is left out, misread, or right, with its ink or without."""
    roll = chance.random()
    if roll < 0.1:
        return leaf(at, paper)
    name = paper[0] * 2
    read = f"誤読{roll}" if roll < 0.3 else name
    if chance.random() < 0.5:
        return leaf(at, paper, read)
    return inked(at, paper, read, **({} if read == name else {name: chance.uniform(0.0, 20.0)}))
