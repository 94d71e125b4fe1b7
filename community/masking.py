"""Personal data in a quoted text, covered before anybody but the writer and the agents sees it."""

import re
from collections.abc import Sequence

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


def mask_name(text: str, name: str) -> str:
    """The text with its writer's own name covered, whole or in part: they sign with it. Parts as they are written."""
    parts = {part for part in (name, *name.split()) if len(part) >= (3 if part.isascii() else 2)}
    for part in sorted(parts, key=lambda part: (-len(part), part)):
        edges = (r"(?<![A-Za-z\d])", r"(?![A-Za-z\d])") if part.isascii() else ("", "")
        text = re.sub(re.escape(part).join(edges), "[name]" if part.isascii() else "[姓名]", text)
    return text


LAST_NAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤張劉陳楊黃趙吳孫馬鄭謝許韓馮鄧葉蘇呂盧鍾譚陸範賈韋鄒"
PEOPLE = (  # only for what a customer is asked to publish: too eager for quotes that managers read
    (re.compile(r"(?i)\b(my name is|this is|i am called|regards,?|yours,?|sincerely,?|cheers,?)(\s+)((?-i:[A-Z])[\w'’-]+(?:\s+(?-i:[A-Z])[\w'’-]+){0,2})"), r"\1\2[name]"),
    (re.compile(r"\b(Mr|Mrs|Ms|Miss|Dr|Herr|Frau)\.?\s+[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)?"), "[name]"),
    (re.compile(rf"(我叫|我是|名字是|姓名[:：]?|本人)\s*[{LAST_NAMES}][\u4e00-\u9fff]{{1,2}}(?=[，。,.!！\s、]|$)"), r"\1[姓名]"),
    (re.compile(rf"[{LAST_NAMES}][\u4e00-\u9fff]{{0,2}}(?:先生|女士|小姐|太太)"), "[姓名]"),
    (re.compile(r"\b\d{1,5}[A-Za-z]?,?\s+(?:[A-Z][\w'’.-]*\s+){1,4}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Square|Way|Place|Terrace|Gardens|Crescent|Boulevard|Blvd)\b\.?(?:,\s*(?:Apt|Flat|Unit)\.?\s*\w+)?(?:,\s*[A-Z][\w'’-]+)?"), "[address]"),
    (re.compile(r"\b(?:P\.?\s?O\.?\s?Box|Flat|Apt\.?|Apartment)\s+\d+\w?\b"), "[address]"),
    (re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b|\b[A-Z]{2}\s\d{5}(?:-\d{4})?\b"), "[address]"),
    (re.compile(r"(?:[\u4e00-\u9fff]{2,8}(?:省|自治区))?(?:[\u4e00-\u9fff]{2,7}市)?(?:[\u4e00-\u9fff]{1,6}(?:区|區|县|縣))?[\u4e00-\u9fff]{1,10}(?:路|街|道|巷|弄|小区|小區|村)\s*[\d一二三四五六七八九十百]+\s*(?:号|號|弄|栋|棟|幢)(?:[\w\d-]{0,12}(?:室|楼|樓|单元|單元))*"), "[地址]"),
)  # fmt: skip


def mask_people(text: str, names: Sequence[str] = ()) -> str:
    """As `mask`, and names and postal addresses too: those given, and what reads like one in English and Chinese.

    It covers too much rather than too little, and still misses some: whoever it is about looks at it before it is public.
    """
    for pattern, cover in PEOPLE:
        text = pattern.sub(cover, text)
    parts = {part for name in names for part in (name, *name.split()) if len(part) >= 2}
    for part in sorted(parts, key=len, reverse=True):
        edge = r"(?<![A-Za-z\d])" if part.isascii() else ""
        text = re.sub(rf"{edge}{re.escape(part)}{edge.replace('<!', '!')}", "[姓名]" if not part.isascii() else "[name]", text, flags=re.IGNORECASE)  # fmt: skip
    return mask(text)
