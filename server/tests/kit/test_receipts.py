"""Receipts: what was paid, in which money, on which day."""

from datetime import date
from decimal import Decimal

import pytest

from aionserver.kit.receipts import Receipt, amounts_in, read_receipt


@pytest.mark.parametrize(
    ("text", "receipt"),
    [
        (
            "BLUE CAFE\n14/05/2026 09:41\nSubtotal 16.50\nGST 6% 0.99\nGRAND TOTAL RM 17.49\nCASH 20.00\nCHANGE 2.51",
            Receipt(Decimal("17.49"), "MYR", date(2026, 5, 14)),
        ),
        (
            "Total (Excl. GST) 82.50\nTotal GST 4.95\nTotal Sales (Inclusive of GST) : 87.45\nTotal : 82.50 4.95",
            Receipt(Decimal("87.45")),
        ),
        ("Summe EUR 12,50\nMwSt 19% 2,00\n3. März 2024", Receipt(Decimal("12.50"), "EUR", None)),
        ("Store\n03/04/2024\nTotal\n$1,204.10", Receipt(Decimal("1204.10"), "USD", date(2024, 3, 4))),
        ("Total qty 3\nCash 10.00\nChange 2.75\n2 Mar 2018", Receipt(Decimal("7.25"), None, date(2018, 3, 2))),
        ("15/07/201712:07\nTotal 8.20", Receipt(Decimal("8.20"), None, date(2017, 7, 15))),
        ("A sign that says nothing of money", Receipt()),
        ("99/99/2020 total 31/02/2021", Receipt()),
    ],
)
def test_receipts_are_read(text: str, receipt: Receipt) -> None:
    assert read_receipt(text) == receipt


def test_amounts_have_two_digits_after_the_point() -> None:
    assert amounts_in("1 x 2.20 = 1,204.10 on 14.05.2026 at 9.5 % and 1.234,56") == [
        Decimal("2.20"),
        Decimal("1204.10"),
        Decimal("1234.56"),
    ]
    assert read_receipt("9" * 100_000 + "\n" + "1.00 " * 50_000) == Receipt()
