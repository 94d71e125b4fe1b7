"""Personal data in a quoted text, covered before anybody but the writer and the agents sees it."""

import re

RULES = (  # what may stand beside them is spelt out: in Chinese, whose words are \w too, nothing separates them
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"https?://\S+"), "[link]"),
    (re.compile(r"(?<![A-Za-z\d_])@\w{2,}"), "[account]"),
    (re.compile(r"(?<!\d)(?:\d[ -]?){13,19}(?!\d)"), "[card]"),
    (re.compile(r"(?<![A-Za-z\d_.])\+?\(?\d[\d ().\-]{7,}\d(?![A-Za-z\d_])"), "[phone]"),
    (re.compile(r"(?i)\b(?:order|invoice|ticket|case|booking|ref(?:erence)?|parcel|tracking)\s*(?:no\.?|number|id|#|:)*\s*#?\s*[A-Z]{0,4}-?\d[\w-]{3,}"), "[number]"),
    (re.compile(r"(?:订单|訂單|单号|單號|编号|編號|运单|運單|快递)(?:号|號|编号|編號)?\s*[:：]?\s*[A-Za-z]{0,4}-?\d[\w-]{3,}"), "[编号]"),
    (re.compile(r"(?<![A-Za-z\d_])[A-Z]{1,4}-?\d{5,}(?![A-Za-z\d_])|(?<!\d)\d{7,}(?!\d)"), "[number]"),
)  # fmt: skip


def mask(text: str) -> str:
    """The text with e-mail addresses, links, account names, card, phone and order numbers covered.

    Names and postal addresses are not recognised; docs/operations.md says so.
    """
    for pattern, cover in RULES:
        text = pattern.sub(cover, text)
    return text
