import pytest

from mining.language import LANGUAGES, language_of

ENGLISH = [
    "The battery died after two weeks and support never answered.",
    "ok",
    "thx!!",
    "WTF",
    "Great product",
    "LOVE IT 😍",
    "works.",
    "5 min away!",
    "LA sucks",
    "Beyoncé and the café were great",
    "Zürich flight cancelled again",
    "L'Oreal shampoo dries my hair",
    "d'oh",
    "What does 你好 mean?",
    "When I open the app it says 网络连接失败请稍后再试 and then crashes",
    "I love the 红烧肉 dish they serve in that restaurant",
    "¯\\_(ツ)_/¯ whatever",
    "see https://例子.com/路径 for the log",
    "@ЖеняXYZ please fix this, it is the third time",
]
SIMPLIFIED = [
    "这个 firmware update 真的很烂",
    "iPhone 15 Pro Max 很好",
    "客服说 we will get back to you 然后就没有消息了",
    "Error: connection refused 怎么办",
    "不好用",
    "很好",
    "差评！！！",
    "苹果手机的价格",
    "奶茶の店味道不错",
    "机器坏了",
    "@JetBlue 你们什么时候退款？",
    "什么",
]
TRADITIONAL = [
    "這個手機真的很爛",
    "電池不耐用",
    "請問什麼時候會修好？",
    "呢部機好正，不過電池唔係幾好囉",
    "佢哋嘅客服一直冇人聽",
    "食咗一次就唔想再嚟",
    "喺門市買嘅 iPhone 15 壞咗",
    "退貨後客服說會退款，等了兩個禮拜。",
]
OTHER = [
    "",
    "   \n",
    "12345",
    "😡😡",
    "https://t.co/abc",
    "@support",
    "`npm install`",
    "```\nthe code is here\n```",
    "Merci beaucoup",
    "Le produit est arrivé cassé et le service client ne répond pas.",
    "C'est nul",
    "Das Gerät funktioniert nicht mehr und ich bekomme keine Antwort",
    "Muy bueno, gracias",
    "El cargador no funciona desde que lo compré",
    "Non funziona, è molto lento",
    "Não funciona",
    "Het werkt niet goed",
    "Ürün çok kötü",
    "Sản phẩm tốt",
    "To nie działa",
    "Barangnya bagus tapi pengiriman sangat lambat",
    "Appen fungerar inte och jag får inget svar",
    "Это не работает",
    "هذا المنتج سيء",
    "สินค้าดีมาก",
    "充電が遅いです",
    "新製品発売中止のお知らせ",
    "배터리가 너무 빨리 닳아요",
    "\ud800\x00\u200b",
]
CASES = [
    *((text, "en") for text in ENGLISH),
    *((text, "zh-Hans") for text in SIMPLIFIED),
    *((text, "zh-Hant") for text in TRADITIONAL),
    *((text, "und") for text in OTHER),
]


@pytest.mark.parametrize(("text", "language"), CASES)
def test_a_text_is_in_the_language_of_most_of_its_words(text: str, language: str) -> None:
    assert language_of(text) == language


def test_every_answer_is_one_of_the_languages() -> None:
    assert {language for _, language in CASES} == set(LANGUAGES)


@pytest.mark.parametrize(
    "silent",
    [
        "https://example.com/the/way/that/you/were",
        "`the value of this is not what we want`",
        "```\nif the value is not in the list then we are done\n```",
        "some.one.with.the@mail.example.com",
        "@the_one_and_only",
        "<!-- this is not for you to read -->",
    ],
)
def test_what_was_pasted_has_no_vote(silent: str) -> None:
    assert language_of(f"{silent} 坏了 {silent}") == "zh-Hans"


def test_the_sign_of_a_hashtag_is_silent_but_its_word_speaks() -> None:
    assert language_of("#电池 #垃圾") == "zh-Hans"
    assert language_of("#fail") == "en"


def test_chinese_without_a_telling_character_is_simplified() -> None:
    assert language_of("不好") == "zh-Hans"


def test_the_standard_with_more_telling_characters_wins() -> None:
    assert language_of("我們說「这」是簡體字") == "zh-Hant"
    assert language_of("我们说“這”是繁体字") == "zh-Hans"


@pytest.mark.parametrize(
    "text",
    ["a." * 100_000, "`" * 100_000, "<!--" * 50_000, "```" * 50_001, "a@" * 100_000, "好" * 200_000, "a'" * 100_000],
    ids=lambda text: text[:4],
)
def test_a_hostile_text_is_answered_too(text: str) -> None:
    assert language_of(text) in LANGUAGES
