"""Formulas that carry no duty of their own: who is to be told, who carries a decision out, whom to ask in doubt."""

from __future__ import annotations

import re

from services.ingest.reading.text.folding import UPPER

_CLOSING = re.compile(
    r"(?<!\w)(?:thông báo|truyền đạt|sao gửi)\s.{0,160}?(?:để|đề|đến|tới|cho)\s.{2,200}?(?<!\w)biết(?!\w)"
)
_IMPLEMENTING = re.compile(
    r"(?:chịu trách nhiệm|có trách nhiệm|căn cứ (?:Quyết định|Nghị quyết))\s+(?:tổ chức\s+)?"
    r"(?:(?:thi hành|thực hiện|triển khai)\s+(?:Quyết định|Nghị quyết|Chỉ thị) này|thi hành\W*$|thi hành kể từ)"
)
_GENERIC_CLOSING = re.compile(
    r"(?:,?\s*(?:nghiêm túc|khẩn trương|biết|để|và|phối hợp|quan tâm|căn cứ|tổ chức|triển khai|thực hiện|chủ động"
    r"|kịp thời))+\W*$"
)
_IN_DOUBT = re.compile(r"(?:vướng mắc|khó khăn|phát sinh)[^.;]{0,80}(?:phản ánh|báo cáo|liên hệ|thông tin|kiến nghị)")
"""The formula at the end: "… nếu có vướng mắc, các đơn vị phản ánh về … để hướng dẫn"."""
_OPINION = re.compile(
    r"\s*(?:đã\s+)?(?:(?:(?:có|cho) (?:ý kiến(?: chỉ đạo| kết luận)?|chỉ đạo|kết luận)(?:,? (?:chỉ đạo|kết luận))?"
    r"(?: như sau)?)|(?:phân công|giao)(?: nhiệm vụ)?(?: cụ thể)? như sau)\s*:?\s*$"
)
_SENTENCE_END = re.compile(rf"\.(?:/\.)?\s+(?=[{UPPER}])")
_OF_THE_NOTICE = re.compile(r"(?:Trong )?[Qq]uá trình thực hiện|[^.,;]{2,30} này (?:thay thế|có hiệu lực|bãi bỏ)")
_ADDRESS = re.compile(
    r"(?:địa chỉ|liên hệ|liên lạc|điện thoại|[Ee]-?mail|hộp thư|số máy|đầu mối(?: tiếp nhận)?|gửi về|qua)[^:.;]{0,40}$"
)
_LONGEST_CLOSING = 1500
_LEADS_DOWN = re.compile(r"(?:sau(?: đây)?|như sau|cụ thể(?: như sau)?|dưới đây)\s*:?$")


def informs(sentence: str) -> bool:
    """Whether a sentence only says who is told: "… thông báo để các cơ quan biết, thực hiện"."""
    return "biết" in sentence and len(sentence) < _LONGEST_CLOSING and bool(_CLOSING.search(sentence))


def carries_out(sentence: str) -> bool:
    """Whether a sentence only makes bodies answer for carrying a decision out: the implementing clause."""
    return ("trách nhiệm" in sentence or "thi hành" in sentence) and bool(_IMPLEMENTING.search(sentence))


def tells_whom_to_ask(sentence: str) -> bool:
    """Whether a sentence only says to whom doubts and difficulties are to be reported."""
    doubts = "vướng mắc" in sentence or "khó khăn" in sentence or "phát sinh" in sentence
    return doubts and bool(_IN_DOUBT.search(sentence))


def without_formulas(duty: str) -> str:
    """A duty without the formulas that follow it in its paragraph: whom to ask, who is told, what is replaced."""
    doubts = True
    for end in _SENTENCE_END.finditer(duty):
        at = end.end()
        doubts = doubts and _IN_DOUBT.search(duty, at) is not None  # what is not found from here on is not further on
        told = len(duty) - at < _LONGEST_CLOSING and informs(duty[at:])
        if doubts or told or _OF_THE_NOTICE.match(duty, at):
            return duty[: end.start() + 1]
    return duty


def states_opinion(rest: str) -> bool:
    """Whether what follows a name announces what it said: "có ý kiến chỉ đạo như sau:"."""
    return bool(_OPINION.match(rest))


def gives_address(label: str) -> bool:
    """Whether the words before a colon announce where to send or whom to call."""
    return bool(_ADDRESS.search(label))


def closes_with_duty(rest: str) -> bool:
    """Whether what follows a name is only the wish that the notice be carried out."""
    return bool(_GENERIC_CLOSING.fullmatch(rest))


def only_closes(text: str) -> bool:
    """Whether a duty is only to carry the notice out: "nghiêm túc triển khai thực hiện"."""
    return len(text) < 90 and bool(_GENERIC_CLOSING.fullmatch(text) and re.search(r"thực hiện|triển khai", text))


def leads_down(text: str) -> bool:
    """Whether a directive only announces the items under it: "… thực hiện các nội dung sau:"."""
    return not text.strip(" :.;") or bool(_LEADS_DOWN.search(text.strip(" .;")))
