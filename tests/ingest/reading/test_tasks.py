"""Tasks: what is a directive, who is told, in which role, by when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from contracts.notices import Notice, Task
from services.ingest.reading import read_text

Sample = Callable[[str], Notice]


def _tasks(body: str) -> tuple[Task, ...]:
    text = (
        "ỦY BAN NHÂN DÂN TỈNH HÀ NAM\nSố: 1/TB-UBND\nHà Nam, ngày 5 tháng 5 năm 2021\nTHÔNG BÁO\nVề công tác\n\n"
        f"{body}\n\nNơi nhận:\n- Các sở;\n- Lưu: VT.\n"
    )
    (notice,) = read_text(text)
    return notice.tasks


@pytest.mark.parametrize(
    ("said", "assignees", "text"),
    [
        ("Giao Sở Y tế khẩn trương rà soát.", ("Sở Y tế",), "khẩn trương rà soát."),
        ("Công an tỉnh khẩn trương điều tra.", ("Công an tỉnh",), "khẩn trương điều tra."),
        (
            "Yêu cầu các đồng chí Thành viên Ban Chỉ đạo tỉnh tăng cường kiểm tra.",
            ("Thành viên Ban Chỉ đạo tỉnh",),
            "tăng cường kiểm tra.",
        ),
        (
            "Căn cứ tình hình thực tế, Sở Xây dựng cử cán bộ tham gia.",
            ("Sở Xây dựng",),
            "cử cán bộ tham gia.",
        ),
        (
            "Các Bộ: Y tế, Khoa học và Công nghệ và Ngoại giao chủ động phối hợp.",
            ("Bộ Y tế", "Bộ Khoa học và Công nghệ", "Bộ Ngoại giao"),
            "chủ động phối hợp.",
        ),
        (
            "Giao đồng chí Phó Bí thư Tỉnh ủy, Chủ tịch UBND tỉnh tập trung chỉ đạo.",
            ("Phó Bí thư Tỉnh ủy, Chủ tịch UBND tỉnh",),
            "tập trung chỉ đạo.",
        ),
        (
            "Để bảo đảm tiến độ, UBND tỉnh yêu cầu các sở, ban, ngành báo cáo kết quả.",
            ("các sở, ban, ngành",),
            "báo cáo kết quả.",
        ),
        (
            "Sở Tài chính, Sở Nội vụ và UBND các huyện, thành phố có trách nhiệm phối hợp.",
            ("Sở Tài chính", "Sở Nội vụ", "UBND các huyện, thành phố"),
            "có trách nhiệm phối hợp.",
        ),
        (
            "Giao Văn phòng HĐND và UBND huyện theo dõi, đôn đốc.",
            ("Văn phòng HĐND và UBND huyện",),
            "theo dõi, đôn đốc.",
        ),
    ],
)
def test_directive_is_a_task_of_the_bodies_it_names(said: str, assignees: tuple[str, ...], text: str) -> None:
    """A directive gives one task: its bodies as written, and its words without them and without what introduces it."""
    (task,) = _tasks(said)
    assert (task.assignees, task.text) == (assignees, text)


@pytest.mark.parametrize(
    ("said", "assignee", "text"),
    [
        ("2. Sở Tài chính cấp kinh phí diễn tập.", "Sở Tài chính", "cấp kinh phí diễn tập."),
        ("2. UBND các huyện, thị xã, thành phố sơ tán dân.", "UBND các huyện, thị xã, thành phố", "sơ tán dân."),
        ("3. Phòng Kinh tế, Hạ tầng và Đô thị gỡ biển.", "Phòng Kinh tế, Hạ tầng và Đô thị", "gỡ biển."),
        ("- Công ty Cổ phần Cấp nước Sơn La súc rửa bể.", "Công ty Cổ phần Cấp nước Sơn La", "súc rửa bể."),
        (
            "4. Trung tâm Cung ứng dịch vụ công phường quét đường.",
            "Trung tâm Cung ứng dịch vụ công phường",
            "quét đường.",
        ),
        (
            "2. Bộ Chỉ huy Bộ đội Biên phòng thành phố kiên quyết không để ngư dân ở lại trên tàu khi bão đổ bộ.",
            "Bộ Chỉ huy Bộ đội Biên phòng thành phố",
            "kiên quyết không để ngư dân ở lại trên tàu khi bão đổ bộ.",
        ),
        ("3. Đề nghị UBND các quận, huyện tổ chức di dời dân.", "UBND các quận, huyện", "tổ chức di dời dân."),
        (
            "1. Đối với Sở Công Thương: giám sát tại chỗ các cửa hàng.",
            "Sở Công Thương",
            "giám sát tại chỗ các cửa hàng.",
        ),
        (
            "2. UBND các tỉnh: Gia Lai, Đắk Lắk và thành phố Đà Nẵng dựng chốt.",
            "UBND các tỉnh: Gia Lai, Đắk Lắk và thành phố Đà Nẵng",
            "dựng chốt.",
        ),
        ("2. Sở Y tế thông báo lịch tiêm trên loa.", "Sở Y tế", "thông báo lịch tiêm trên loa."),
    ],
)
def test_an_item_that_opens_with_a_full_name_is_a_task_whatever_its_verb(said: str, assignee: str, text: str) -> None:
    """Where a full name ends is known from how names are built, so that its duty needs no verb of a list."""
    (task,) = _tasks(said)
    assert (task.assignees, task.text) == ((assignee,), text)


@pytest.mark.parametrize("asks", ["Chủ tịch UBND tỉnh yêu cầu:", "UBND tỉnh có ý kiến chỉ đạo như sau:"])
def test_who_asks_is_not_the_assignee_of_the_items_below(asks: str) -> None:
    """An introducer that ends in a colon assigns its items to the bodies that open them, and none to the issuer."""
    tasks = _tasks(
        f"Do mưa lớn trên diện rộng. {asks}\n\n1. Công an tỉnh chốt chặn đường ngập.\n\n2. Sở Y tế trực cấp cứu."
    )
    assert [task.assignees for task in tasks] == [("Công an tỉnh",), ("Sở Y tế",)]


def test_holders_of_posts_in_several_bodies_are_told_apart() -> None:
    """The words "Thủ trưởng các sở, Chủ tịch UBND các huyện" are two; one person with two posts stays one."""
    (task,) = _tasks("1. Giao Thủ trưởng các sở, ban, ngành, Chủ tịch UBND các huyện rà soát.")
    assert task.assignees == ("Thủ trưởng các sở, ban, ngành", "Chủ tịch UBND các huyện")


@pytest.mark.parametrize(
    "said",
    [
        "Thực hiện chỉ đạo của Trung ương, UBND tỉnh thông báo tạm ngừng bến cá từ 18 giờ đến khi có thông báo mới.",
        "1. Sở Tài chính có 3 phòng chuyên môn.",
        "1. Sở Tài chính là đơn vị được Bộ Tài chính tặng cờ thi đua.",
        "2. Công an tỉnh đã bắt giữ 3 đối tượng.",
        "2. Sở Nội vụ được khen thưởng.",
        "Báo Hà Nam ngày 15/6/2021 phản ánh rác thải tràn lan.",
        "Ông Nguyễn Văn An, Chủ tịch UBND tỉnh chủ trì Hội nghị.",
        "Trong quá trình thực hiện nếu có vướng mắc, các đơn vị phản ánh về Sở Y tế để được hướng dẫn.",
        "Tham dự cuộc họp có đại diện Sở Y tế, Sở Tài chính. Các đồng chí Giám đốc sở tích cực phát biểu.",
        "UBND tỉnh ghi nhận, đánh giá cao Sở Y tế đã chủ động triển khai.",
        "Thời gian qua, các sở, ngành tích cực triển khai các biện pháp.",
        "Các bộ, ngành đã thực hiện nghiêm túc quy chế.",
        "Căn cứ đề nghị của Sở Tài chính tại Tờ trình số 12/TTr-STC;",
        "Tổ chức thực hiện nghiêm túc các quy định.",
        "Ban hành kèm theo Quyết định này Quy chế làm việc.",
        "Thủ tướng Chính phủ chỉ đạo quyết liệt công tác phòng dịch.",
        "Văn phòng UBND tỉnh thông báo để các sở, ngành biết, thực hiện./.",
    ],
)
def test_quoted_work_is_no_task(said: str) -> None:
    """Attendance, praise, background, legal bases, headings and the closing formula assign nothing."""
    assert _tasks(said) == ()


def test_enumerated_items_are_tasks_of_their_own() -> None:
    """An "X chủ trì: (1) …; (2) …" gives one task an item, each with X in the lead."""
    tasks = _tasks("9. Bộ Công an chủ trì: (1) Bảo đảm an ninh; (2) Xây dựng Nghị định về định danh.")
    assert [(task.assignees, task.text, task.role) for task in tasks] == [
        (("Bộ Công an",), "Bảo đảm an ninh", "chủ trì"),
        (("Bộ Công an",), "Xây dựng Nghị định về định danh.", "chủ trì"),
    ]


def test_bullets_under_a_body_are_its_tasks(sample: Sample) -> None:
    """A heading that names a body, with or without a colon, makes each bullet under it a task of that body."""
    tasks = sample("ke_hoach_xa").tasks
    assert [(task.assignees[0], task.role) for task in tasks] == [
        ("Công an xã", "thực hiện"),
        ("Công an xã", "chủ trì"),
        ("Văn phòng HĐND và UBND xã", "thực hiện"),
        ("Phòng Kinh tế", "thực hiện"),
        ("Ủy ban MTTQ Việt Nam xã", "thực hiện"),
    ]
    assert tasks[3].heading == "III. TỔ CHỨC THỰC HIỆN"


def test_items_under_an_announcing_directive_are_tasks(sample: Sample) -> None:
    """A clause "… yêu cầu X thực hiện các nội dung sau:" makes each item under it a task of X, and is none itself."""
    tasks = sample("so_y_te_cong_van_layout").tasks
    assert [task.assignees for task in tasks[:2]] == [("Trung tâm Y tế các huyện, thị xã, thành phố",)] * 2
    assert tasks[2].role == "chủ trì"


def test_plan_assigns_only_where_it_organises_the_work(sample: Sample) -> None:
    """In a plan the aims that come before "Tổ chức thực hiện" assign nothing."""
    assert all("tinh thần trách nhiệm" not in task.text for task in sample("ke_hoach_xa").tasks)


def test_task_ids_count_through(sample: Sample) -> None:
    """Task ids run t1, t2, … in reading order."""
    tasks = sample("cong_dien_thu_tuong").tasks
    assert [task.task_id for task in tasks] == [f"t{number}" for number in range(1, len(tasks) + 1)]


@pytest.mark.parametrize(
    ("said", "written", "day"),
    [
        ("trước ngày 10 tháng 6 năm 2021", "trước ngày 10 tháng 6 năm 2021", date(2021, 6, 10)),
        ("trước 17 giờ ngày 20/7/2021", "trước 17 giờ ngày 20/7/2021", date(2021, 7, 20)),
        ("chậm nhất ngày 31/5", "chậm nhất ngày 31/5", date(2021, 5, 31)),
        ("trong quý III năm 2021", "trong quý III năm 2021", date(2021, 9, 30)),
        ("trong tháng 2 năm 2024", "trong tháng 2 năm 2024", date(2024, 2, 29)),
        ("trong 03 ngày làm việc", "trong 03 ngày làm việc", None),
        ("trước 16 giờ hằng ngày", "trước 16 giờ hằng ngày", None),
        ("trước Tết Nguyên đán Ất Tỵ", "trước Tết Nguyên đán Ất Tỵ", None),
        ("trong tuần này", "trong tuần này", None),
        ("từ ngày 10/5/2021 đến hết ngày 14/5/2021", "từ ngày 10/5/2021 đến hết ngày 14/5/2021", date(2021, 5, 14)),
        ("trong thời gian từ 7 đến 10 ngày", "trong thời gian từ 7 đến 10 ngày", None),
        ("định kỳ ngày 20 hàng tháng", "định kỳ ngày 20 hàng tháng", None),
        ("trước ngày 31 tháng 2 năm 2021", "trước ngày 31 tháng 2 năm 2021", None),
        ("theo Công văn số 12/UBND-TH ngày 03/4/2021", None, None),
    ],
)
def test_deadline_is_read_as_written_and_as_a_day(said: str, written: str | None, day: date | None) -> None:
    """A deadline is kept as written; a day is computed where the calendar can tell; a citation's date is none."""
    (task,) = _tasks(f"Giao Sở Y tế báo cáo kết quả {said}.")
    assert (task.deadline_text, task.deadline) == (written, day)


def test_implementing_clause_is_the_article_that_the_list_means(sample: Sample) -> None:
    """The line "Như Điều 3" means those whom Điều 3 makes responsible, and they are no task."""
    notice = sample("quyet_dinh_dieu3")
    assert notice.implementing_clause == (
        "Chánh Văn phòng HĐND và UBND, Trưởng phòng Nội vụ, Trưởng phòng Kinh tế và các ông (bà) có tên tại Điều 1"
    )
    assert [task.assignees for task in notice.tasks] == [("Phòng Kinh tế",)]


def test_references_are_listed_once_without_the_own_number() -> None:
    """Cited numbers come in order, once each; dates and the notice's own number are none."""
    text = (
        "SỞ Y TẾ\nSố: 1/TB-SYT\nTHÔNG BÁO\nVề việc họp\n\nTheo Chỉ thị số 15/CT-TTg, số 16/CT-TTg ngày 12/9/2021, "
        "Công văn số 3572/BVNWT- TCKT, Chỉ thị số 15/CT-TTg và Thông báo số 1/TB-SYT, trực 24/24h.\n\n"
        "Nơi nhận:\n- Các sở;\n- Lưu: VT.\n"
    )
    (notice,) = read_text(text)
    assert notice.references == ("15/CT-TTg", "16/CT-TTg", "3572/BVNWT-TCKT")


@pytest.mark.parametrize(
    ("closing", "field", "value"),
    [
        ("Văn phòng thông báo để các sở, ngành biết, thực hiện./.", "closing_recipients", "các sở, ngành"),
        ("Với nội dung trên, các cơ quan, đơn vị triển khai thực hiện./.", "closing_recipients", "các cơ quan, đơn vị"),
        ("Văn bản này được phổ biến đến cấp xã, phường./.", "disseminate_to", "cấp xã, phường"),
    ],
)
def test_closing_words_say_whom_the_notice_informs(closing: str, field: str, value: str) -> None:
    """The closing formula names whom the notice informs, and how far down it is to be spread."""
    text = f"SỞ Y TẾ\nSố: 1/TB-SYT\nTHÔNG BÁO\nVề việc họp\n\n{closing}\n\nNơi nhận:\n- Các sở;\n- Lưu: VT.\n"
    (notice,) = read_text(text)
    assert getattr(notice, field) == value


@pytest.mark.parametrize(
    ("clause", "day"),
    [("Quyết định này có hiệu lực kể từ ngày ký.", date(2021, 5, 12)), ("Điều này được phổ biến.", None)],
)
def test_days_from_taking_effect_count_where_the_effect_is_dated(clause: str, day: date | None) -> None:
    """A span that runs from the day of taking effect is a day of the calendar where that is the day of signing."""
    (task,) = _tasks(f"Giao Sở Y tế cử đầu mối trong 07 ngày kể từ ngày Quyết định này có hiệu lực.\n\n{clause}")
    assert task.deadline == day


def test_a_table_of_work_gives_its_rows() -> None:
    """Each row of a table with a column of work and one of who leads is a task with the row's own deadline."""
    tasks = _tasks(
        "TT | Nội dung | Đơn vị chủ trì | Đơn vị phối hợp | Thời hạn\n"
        "1 | Nạo vét lòng hồ Đồng Mít | Sở Xây dựng | Công an tỉnh | 30/6/2021\n"
        "2 | Khoan bổ sung giếng tại khu tái định cư | Sở Tài chính; Sở Y tế | | Quý III/2021\n"
    )
    assert [task.assignees for task in tasks] == [("Sở Xây dựng",), ("Sở Tài chính", "Sở Y tế")]
    assert [task.deadline for task in tasks] == [date(2021, 6, 30), date(2021, 9, 30)]
    assert {task.role for task in tasks} == {"chủ trì"}


def test_a_table_of_names_gives_nothing() -> None:
    """A list of members in a table assigns no work."""
    assert _tasks("STT | Họ và tên | Chức vụ | Nhiệm vụ\n1 | Lê Văn A | Giám đốc Sở Y tế | Trưởng ban\n") == ()


@pytest.mark.parametrize(
    ("heading", "assignees"),
    [
        ("1. Đội Cảnh sát điều tra tội phạm về ma túy", ("Đội Cảnh sát điều tra tội phạm về ma túy",)),
        ("1. Trách nhiệm của Chấp hành viên", ("Chấp hành viên",)),
        ("2.1. Trung tâm Y tế huyện:", ("Trung tâm Y tế huyện",)),
    ],
)
def test_a_heading_is_known_by_what_stands_under_it(heading: str, assignees: tuple[str, ...]) -> None:
    """A short paragraph that names a body is the heading of deeper items, whatever verbs its name holds."""
    mark = "1." if heading.endswith(":") else "-"
    tasks = _tasks(f"{heading}\n{mark} Rà soát, lập danh sách đối tượng;\n{mark.replace('1', '2')} Báo cáo kết quả.")
    assert [task.assignees for task in tasks] == [assignees, assignees]


def test_contents_are_no_work() -> None:
    """Items that name what a report is to hold are not tasks: the report is."""
    (task,) = _tasks(
        "Đề nghị các huyện báo cáo việc may đồng phục theo các nội dung sau:\n"
        "1. Công tác chỉ đạo về việc may đồng phục.\n2. Những đề xuất, kiến nghị."
    )
    assert task.text.startswith("báo cáo việc may đồng phục")


def test_an_opinion_that_follows_is_nobodys_work() -> None:
    """Who "có ý kiến như sau" is told nothing, nor is the closing formula a task of his."""
    tasks = _tasks(
        "Về đề nghị của Sở Y tế, Phó Chủ tịch Ủy ban nhân dân tỉnh Lê Văn B có ý kiến như sau:\n"
        "Giao Sở Tài chính bố trí kinh phí.\nVăn phòng thông báo để các cơ quan biết, thực hiện."
    )
    assert [task.assignees for task in tasks] == [("Sở Tài chính",)]


def test_glued_words_are_read_apart_and_quoted_as_written() -> None:
    """Words that lost their spaces are understood; the task's text stays what the document says."""
    (task,) = _tasks("Giao Sở Y tế, Ban Quản lý các khu công nghiệp tỉnh Hà Namnghiên cứu báocáo này.")
    assert task.assignees == ("Sở Y tế", "Ban Quản lý các khu công nghiệp tỉnh Hà Nam")
    assert task.text == "nghiên cứu báocáo này."


def test_a_name_from_the_lists_ends_where_it_ends_there() -> None:
    """A committee named for a matter in small letters is known in full from the addressees."""
    text = (
        "SỞ Y TẾ\nSố: 1/SYT-NV\nHà Nam, ngày 5 tháng 5 năm 2021\nV/v công tác\n\nKính gửi:\n"
        "- Ban Chỉ đạo tỉnh về khắc phục hậu quả chất độc hóa học;\n- Sở Nội vụ.\n\n"
        "Giao Ban Chỉ đạo tỉnh về khắc phục hậu quả chất độc hóa học nghiên cứu, báo cáo.\n\n"
        "Nơi nhận:\n- Như trên;\n- Lưu: VT.\n"
    )
    (notice,) = read_text(text)
    assert notice.tasks[0].assignees == ("Ban Chỉ đạo tỉnh về khắc phục hậu quả chất độc hóa học",)


def test_posts_of_several_bodies_are_told_each() -> None:
    """A post before a colon, or repeated, is that of every body that follows."""
    (shared,) = _tasks("Giao Giám đốc: Sở Y tế, Sở Tài chính phối hợp triển khai.")
    (apart,) = _tasks("Giao Giám đốc Sở Công Thương, Chủ tịch UBND thành phố Phủ Lý phối hợp triển khai.")
    assert shared.assignees == ("Giám đốc Sở Y tế", "Giám đốc Sở Tài chính")
    assert apart.assignees == ("Giám đốc Sở Công Thương", "Chủ tịch UBND thành phố Phủ Lý")


def test_a_day_that_has_passed_is_no_deadline() -> None:
    """A date before the notice's own tells of what was; the next one counts."""
    (task,) = _tasks("Giao Sở Y tế rà soát nội dung đã tập huấn vào tháng 4/2021, báo cáo trước ngày 20/5/2021.")
    assert task.deadline == date(2021, 5, 20)


@pytest.mark.parametrize(
    "formula",
    [
        "Văn phòng thông báo để các cơ quan biết, thực hiện.",
        "Trong quá trình thực hiện, nếu có vướng mắc, các đơn vị phản ánh về Sở Y tế.",
        "Thông báo này thay thế Thông báo số 5/TB-UBND.",
    ],
)
def test_a_formula_in_the_same_paragraph_is_no_part_of_the_task(formula: str) -> None:
    """What follows the last duty and asks for nothing is left out of it."""
    (task,) = _tasks(f"Giao Sở Y tế rà soát, báo cáo trước ngày 20/5/2021. {formula}")
    assert task.text == "rà soát, báo cáo trước ngày 20/5/2021."
