"""Stand-ins for what ingest asks of the world, and a notice to give it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from contracts.message import Message
from contracts.notices import Notice
from services.ingest.carried import CarriedFile
from services.ingest.handlers import Intake
from services.ingest.open_document import open_document
from services.ingest.originals import OriginalsFolder
from services.ingest.recall_handlers import Recaller
from services.ingest.register import RegisterFile
from services.ingest.review import Policy
from services.ingest.reviews import ReviewsFile
from services.runtime.logging import get_log
from services.runtime.publish import NotPublished, Outgoing

LINK_KEY = "a key for links, long enough"

NOTICE = """ỦY BAN NHÂN DÂN                  CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
TỈNH BẾN TRE                          Độc lập - Tự do - Hạnh phúc

Số: 55/TB-UBND                     Bến Tre, ngày 3 tháng 2 năm 2022

THÔNG BÁO
Về việc nghỉ Tết

Ủy ban nhân dân tỉnh thông báo để các cơ quan biết, thực hiện./.

Nơi nhận:
- Các sở, ban, ngành tỉnh;
- UBND các huyện, thành phố;
- Lưu: VT.

CHỦ TỊCH

Trần Văn Nam
"""


URGENT = Policy("urgent", 0.6)


class Reader:
    """Reads in this process."""

    async def read(self, content: bytes, file_name: str, media_type: str | None) -> Sequence[Notice]:
        return open_document(content, file_name=file_name, media_type=media_type)


class Kafka:
    """Keeps what is published; fails as often as it is told to."""

    def __init__(self) -> None:
        self.published: list[Message] = []
        self.failures = 0

    async def publish(self, outgoing: Iterable[Outgoing]) -> None:
        if self.failures:
            self.failures -= 1
            raise NotPublished("no broker")
        self.published += [each.message for each in outgoing]


def intake(folder: Path, kafka: Kafka, policy: Policy = URGENT) -> Intake:
    """An intake with real stores in `folder`."""
    return Intake(
        originals=OriginalsFolder(folder / "originals"),
        register=RegisterFile(folder / "register.db"),
        reviews=ReviewsFile(folder / "register.db"),
        policy=policy,
        reader=Reader(),
        publisher=kafka,
        recaller=Recaller(CarriedFile(folder / "register.db"), kafka, get_log("test"), by_notice=True),
        log=get_log("test"),
        link_key=LINK_KEY,
        link_days=1,
        originals_url=lambda: "http://ingest",
    )
