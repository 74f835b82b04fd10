"""The language of a text, of few words too where its signs tell."""

import pytest

from aionserver.kit.languages import language_of


@pytest.mark.parametrize(
    "text, language",
    [
        ("The tenant shall pay the rent on the tenth day of each month, and keep the room in order.", "en"),
        ("Der Mieter verpflichtet sich, die Miete jeden Monat bis zum zehnten Tag zu zahlen.", "de"),
        ("承租人应当在每月十日之前支付租金", "zh"),
        ("承租人應當在每月十日之前支付租金", "zh"),
        ("借主は毎月十日までに賃料を支払い、部屋を良好な状態に保つものとする。", "ja"),
        ("임차인은 매월 십일까지 임대료를 지불하고 공간을 양호한 상태로 유지하여야 한다. 변경은 서면으로 한다.", "ko"),
        (" | ".join(f"col{number}" for number in range(2000)), None),
        ("too short", None),
        ("1 2 3", None),
        ("", None),
    ],
)
def test_the_language_is_told(text: str, language: str | None) -> None:
    assert language_of(text) == language
