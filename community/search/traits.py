"""Kind, language and whose words they are: the few facts of a passage that every query may ask for, in one byte."""

KINDS = ("", "question", "answer", "comment")
LANGUAGES = ("", "en", "zh")
KIND_BITS, LANGUAGE_BITS, COMPANY_BIT = 0b00011, 0b01100, 0b10000


def packed(kind: str, language: str, is_company: bool) -> int:
    return KINDS.index(kind) | LANGUAGES.index(language) << 2 | is_company << 4


def kind_of(traits: int) -> str:
    return KINDS[traits & KIND_BITS]


def language_of(traits: int) -> str:
    return LANGUAGES[(traits & LANGUAGE_BITS) >> 2]


def is_company(traits: int) -> bool:
    return bool(traits & COMPANY_BIT)
