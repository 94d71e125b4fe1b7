"""What is covered in a quote, and what is left, in both languages."""

import time

import pytest

from community.masking import mask, mask_name


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Write to jane.doe+x@mail.example.co.uk now", "Write to [e-mail] now"),
        ("jane@例子.中国", "[e-mail]"),
        ("see https://evil.example/a?b=c#d please", "see [link] please"),
        ("ask @jane_doe on twitter", "ask [account] on twitter"),
        ("call +44 (0)20 7946 0958 please", "call [phone] please"),
        ("Call me at 138 0013 8000", "Call me at [phone]"),
        ("(555) 123-4567", "[phone]"),
        ("4111-1111-1111-1111", "[card]"),
        ("order #AB-123456 is late", "[number] is late"),
        ("invoice INV-20391", "[number]"),
        ("ticket 48213", "[number]"),
        ("tracking number 1Z999AA10123456784", "[number]"),
        ("it is ABC12345", "it is [number]"),
        ("电话138 0013 8000谢谢", "电话[phone]谢谢"),
        ("我的手机号是138-0013-8000。", "我的手机号是[phone]。"),
        ("电话13800138000谢谢", "电话[phone]谢谢"),
        ("１３８００１３８０００", "[phone]"),
        ("订单编号 A12345678", "[编号]"),
        ("訂單編號：TW-998877", "[编号]"),
        ("快递单号 YT1234567890", "快递[编号]"),
        ("护照号E12345678丢了", "护照号[number]丢了"),
    ],
)
def test_personal_data_is_covered_and_the_words_around_it_stay(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("card 4111 1111 1111 1111 was charged", "1111"),
        ("我的邮箱是zhang_san@163.com，请回复", "zhang_san"),
        ("订单号：2023111512345", "2023111512345"),
        ("运单号SF1234567890123", "1234567890123"),
        ("身份证 110101199003074514", "19900307"),
        ("身份证号是11010119900307451X", "19900307"),
        ("IBAN DE89370400440532013000", "370400440532013000"),
        ("QQ 12345678", "12345678"),
        ("请加我@zhang_san吧", "zhang_san"),
        ("from 192.168.10.21", "192.168"),
        ("<a@b.example>,c.d@e.example;f@g.example", "@"),
        ("tel:+8613800138000", "13800138000"),
        ("single line\n138\t0013 8000\nnext", "0013 8000"),
    ],
)
def test_no_part_of_personal_data_is_left(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in mask(text)


@pytest.mark.parametrize(
    "text",
    [
        "version 2.4.1 of the app", "it costs 1299 yuan", "in 2024 I bought two", "the iPhone 15 Pro", "error 404",
        "drops from 100 to 20 percent", "1,299.99 dollars", "10:30-11:45", "case closed quickly", "case 12 is fine",
        "order arrived 3 days late", "reference manual 2020", "WX-A1 speaker", "RTX4090", "价格是1999元", "12345元",
        "2024年5月1日", "买了10个，用了3天", "从2023年买到2024年", "", "ab @ cd", "5 stars!",
    ],
)  # fmt: skip
def test_what_is_no_personal_data_is_left_alone(text: str) -> None:
    assert mask(text) == text


def test_masking_twice_is_masking_once() -> None:
    text = "jane@example.org +44 20 7946 0958 order #AB-123456 订单号：2023111512345 @jane https://a.example"
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize("text", ["a@" * 20_000, "1 " * 20_000, "(" * 40_000, "order " * 10_000, "+-.()" * 8_000])
def test_masking_takes_no_time_on_hostile_text(text: str) -> None:
    start = time.monotonic()
    mask(text)
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("text", "name", "covered"),
    [
        ("Bea Thornton", "Bea Thornton", "[name]"), ("Yours, Bea", "Bea Thornton", "Yours, [name]"),
        ("The beam is bright", "Bea Thornton", "The beam is bright"), ("我是王小明，谢谢", "王小明", "我是[姓名]，谢谢"),
        ("I may go", "May Li", "I may go"), ("so it is", "Li So", "so it is"), ("hello", "", "hello"),
    ],
)  # fmt: skip
def test_the_writers_own_name_is_covered_whole_or_in_part(text: str, name: str, covered: str) -> None:
    assert mask_name(text, name) == covered
