"""The language of a text, of few words too where its signs tell."""

import pytest

from aionserver.kit.languages import language_of

INVOICE = """INVOICE
Invoice number: INV-2024-0117
Date: 14 March 2024
From: Brightwater Supplies Ltd, 14 Harbour Road, Bristol BS1 5TY
To: Müller & Söhne GmbH, Hauptstraße 12, 80331 München

| Item | Quantity | Unit price | Total |
| --- | --- | --- | --- |
| Steel bolts M8 x 40 | 200 | 0.35 | 70.00 |
| Washers M8 | 400 | 0.05 | 20.00 |
| Delivery | 1 | 18.50 | 18.50 |

Total due: 159.00 EUR
Payment terms: 30 days net. Please quote the invoice number.
IBAN GB29 NWBK 6016 1331 9268 19, BIC NWBKGB2L"""


@pytest.mark.parametrize(
    "text, language",
    [
        ("The tenant shall pay the rent on the tenth day of each month, and keep the room in order.", "en"),
        ("Der Mieter verpflichtet sich, die Miete jeden Monat bis zum zehnten Tag zu zahlen.", "de"),
        ("承租人应当在每月十日之前支付租金", "zh"),
        ("承租人應當在每月十日之前支付租金", "zh"),
        ("借主は毎月十日までに賃料を支払い、部屋を良好な状態に保つものとする。", "ja"),
        ("임차인은 매월 십일까지 임대료를 지불하고 공간을 양호한 상태로 유지하여야 한다. 변경은 서면으로 한다.", "ko"),
        (INVOICE, "en"),
        (" | ".join(f"col{number}" for number in range(2000)), None),
        ("too short", None),
        ("1 2 3", None),
        ("", None),
    ],
)
def test_the_language_is_told(text: str, language: str | None) -> None:
    assert language_of(text) == language
