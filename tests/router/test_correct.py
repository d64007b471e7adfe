"""What operators say, laid over the shipped directory."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.directory import DirectoryEntry
from services.router.directory import Directory
from services.router.directory.correct import UnknownOffice, check, corrected
from services.router.expand import Routing, expand
from tests.router.make import notice

SON_LA = "UBND tỉnh Sơn La"


def _entry(kind: Any, name: str, *recipient_ids: str, **fields: Any) -> DirectoryEntry:
    return DirectoryEntry(
        entry_id=f"{kind}:{name}",
        kind=kind,
        name=name,
        recipient_ids=recipient_ids,
        author="Lan",
        reason="thử",
        at=fields.pop("at", datetime(2026, 1, 1, tzinfo=UTC)),
        **fields,
    )


def _names(routing: Routing) -> list[str]:
    return [each.recipient.name for each in routing.assignments]


def test_an_alias_is_another_name_of_its_office(directory: Directory) -> None:
    """A name that nobody knew is read like the office's own, also inside a longer line."""
    made = corrected(directory, [_entry("alias", "Hội Hoa lan", "vn.p14.so-noi-vu")])
    assert _names(expand(notice(SON_LA, "Sở Y tế, Hội Hoa lan"), made)) == [
        "Sở Y tế tỉnh Sơn La",
        "Sở Nội vụ tỉnh Sơn La",
    ]


def test_a_withdrawn_entry_counts_no_more(directory: Directory) -> None:
    """The last entry of an id decides; withdrawn, it leaves the directory as it was shipped."""
    said = _entry("alias", "Hội Hoa lan", "vn.p14.so-noi-vu")
    later = said.model_copy(update={"withdrawn": True, "at": datetime(2026, 1, 2, tzinfo=UTC)})
    made = corrected(directory, [later, said])
    assert expand(notice(SON_LA, "Hội Hoa lan"), made).assignments == ()
    assert made.version == directory.version


def test_a_group_means_the_offices_that_an_operator_named(directory: Directory) -> None:
    """The members are exactly those, and the reason names the group."""
    made = corrected(directory, [_entry("group", "Khối thử nghiệm", "vn.p14.so-y-te", "vn.p14.so-noi-vu")])
    routing = expand(notice(SON_LA, "Khối thử nghiệm"), made)
    assert _names(routing) == ["Sở Y tế tỉnh Sơn La", "Sở Nội vụ tỉnh Sơn La"]
    assert routing.assignments[0].because[0].rule.startswith("group:")


@pytest.mark.parametrize(
    ("recipient_id", "issuer", "line"),
    [("vn.p14.so-noi-vu", SON_LA, "Sở Nội vụ"), ("vn.bo-y-te", "Văn phòng Chính phủ", "Bộ Y tế")],
)
def test_an_office_that_was_ended_is_not_in_force_afterwards(
    directory: Directory, recipient_id: str, issuer: str, line: str
) -> None:
    """A department or a ministry ended by an operator is meant before that day and not after it."""
    office = directory.find(recipient_id) or next(o for o in directory.offices.values() if o.name == line)
    ended = _entry("office", office.name, office.recipient_id, valid_to=date(2021, 5, 1))
    made = corrected(directory, [ended])
    assert _names(expand(notice(issuer, line, on=date(2021, 5, 1)), made)) == [office.name]
    assert expand(notice(issuer, line, on=date(2021, 5, 21)), made).assignments == ()


def test_a_new_office_is_found_by_its_name(directory: Directory) -> None:
    """What an operator adds is an office like any other from its first day on."""
    made = corrected(directory, [_entry("office", "Viện Thử nghiệm Trung ương", "vn.vien-thu")])
    assert _names(expand(notice("Văn phòng Chính phủ", "Viện Thử nghiệm Trung ương"), made)) == [
        "Viện Thử nghiệm Trung ương"
    ]


def test_every_entry_changes_the_version(directory: Directory) -> None:
    """Two directories with other entries have other versions; the same entries in another order have the same."""
    one, other = _entry("alias", "A thử", "vn.p14.so-y-te"), _entry("alias", "B thử", "vn.p14.so-noi-vu")
    assert corrected(directory, [one]).version != directory.version
    assert corrected(directory, [one, other]).version == corrected(directory, [other, one]).version


def test_a_choice_for_one_notice_holds_in_no_other(directory: Directory) -> None:
    """An alias of one notice resolves the part there, and leaves it open elsewhere."""
    made = corrected(directory, [_entry("alias", "Hội Hoa lan", "vn.p14.so-noi-vu", notice_id="n")])
    given = notice(SON_LA, "Hội Hoa lan")
    assert _names(expand(given, made)) == ["Sở Nội vụ tỉnh Sơn La"]
    assert expand(given.model_copy(update={"notice_id": "m"}), made).assignments == ()


def test_who_is_chosen_beside_an_office_that_sent_its_copy_back_gets_one_too(directory: Directory) -> None:
    """Both keep their assignment, so that the books balance; in another notice nothing changes."""
    chosen = _entry("alias", "Sở Y tế tỉnh Sơn La", "vn.p14.so-noi-vu", notice_id="n")
    made = corrected(directory, [chosen])
    given = notice(SON_LA, "Sở Y tế, Sở Tài chính")
    names = ["Sở Y tế tỉnh Sơn La", "Sở Tài chính tỉnh Sơn La"]
    routing = expand(given, made)
    assert _names(routing) == [*names, "Sở Nội vụ tỉnh Sơn La"]
    assert [each.rule for each in routing.assignments[-1].because] == ["chosen"]
    assert routing.routed.recipients == 3
    assert _names(expand(given.model_copy(update={"notice_id": "m"}), made)) == names


def test_an_unknown_target_is_refused_before_it_is_published(directory: Directory) -> None:
    """An alias of an office that is not there is named."""
    with pytest.raises(UnknownOffice, match=r"vn\.nobody"):
        check(_entry("alias", "X", "vn.nobody"), directory)


def test_an_offices_entry_without_its_id_is_refused_and_stops_nothing(directory: Directory) -> None:
    """It is told before it is published; on the topic all the same, it is passed over and the others count."""
    bare = _entry("office", "Viện Không mã")
    with pytest.raises(UnknownOffice):
        check(bare, directory)
    made = corrected(directory, [bare, _entry("alias", "Hội Hoa lan", "vn.p14.so-noi-vu")])
    assert _names(expand(notice(SON_LA, "Hội Hoa lan"), made)) == ["Sở Nội vụ tỉnh Sơn La"]
