"""Which language a text is in, so that its mentions are split, encoded and centred with their like.

Mining calls `language_of` once per verbatim, on the customer's own Markdown. Only English and Chinese
are mined; every other language is `und` (undetermined, ISO 639-2). Knows characters, nothing of the product.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal

Language = Literal["en", "zh-Hans", "zh-Hant", "und"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "zh-Hans", "zh-Hant", "und")

# Of what is said of a matter, the share in a language from which it counts as told in it: below lie strays.
HEARD: Final = 0.15

# For use inside a [class]: the ideographs a person writes, without radicals and seal script.
HAN: Final = "々〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"

_SILENT = re.compile(  # what customers paste, or address, rather than say
    r"```.*?```|~~~.*?~~~|`[^`\n]*`|<!--[^<>]*+>"
    r"|(?:https?://|www\.)[!-~]+"
    r"|(?<![A-Z0-9_.+-])[A-Z0-9_.+-]++@[A-Z0-9-]+(?:\.[A-Z0-9-]+)+|[@＠][A-Z0-9_.]+",
    re.DOTALL | re.IGNORECASE,
)
_HAN = re.compile(f"[{HAN}]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\u31f0-\u31ff\uff66-\uff6f\uff71-\uff9d]")
_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")
_LATIN = "A-Za-zÀ-ÖØ-öø-\u024f\u1e00-\u1effＡ-Ｚａ-ｚ"
_WORD = re.compile(f"[{_LATIN}]+(?:['’][{_LATIN}]+)*+")
_EAST_ASIAN = f"{HAN}\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3"
_FOREIGN = re.compile(f"[^\\W\\d_{_LATIN}{_EAST_ASIAN}]")


def language_of(text: str) -> Language:
    """The language most of the text is in; `und` for other languages and for texts without words.

    Han characters stand for a word each, and outvote Latin names ("这个 firmware update 真的很烂"), but
    not English grammar around a quoted Chinese word. Chinese without a telling character is `zh-Hans`.
    """
    text = _SILENT.sub(" ", text)
    han, kana, hangul = _HAN.findall(text), len(_KANA.findall(text)), len(_HANGUL.findall(text))
    kana = kana if kana > 1 else 0  # one is a shrug or a shop's の
    words = _WORD.findall(text)
    strange = len(_FOREIGN.findall(text)) / 3  # a word of Cyrillic, Arabic or Thai has at least three letters
    english, foreign = _grammar(words)
    grammar = max(english, foreign)
    latin = (len(words) - grammar) / 2 + grammar * 2  # a name says little about the language, "the" much
    east = len(han) + kana + hangul
    if strange > max(len(words), east) or (not words and not east):
        return "und"
    if east and east >= latin:
        return _chinese(han) if kana * 3 <= len(han) and hangul * 2 <= len(han) else "und"
    return "und" if _is_foreign(english, foreign, len(words)) else "en"


# ---- Latin letters: English unless the little words say otherwise


def _is_foreign(english: int, foreign: int, words: int) -> bool:
    """Two little words weigh, if they are not lost in a long text; one weighs in a text of one or two."""
    return foreign > english and (foreign * 3 > words or (foreign >= 2 and foreign * 8 >= words))


def _grammar(words: list[str]) -> tuple[int, int]:
    """How many words are English grammar, and how many are that of the likeliest other language."""
    shouted = all(word.isupper() for word in words)
    little = [word.lower().replace("’", "'") for word in words if shouted or not word.isupper() or word == "I"]
    english = sum(word in _ENGLISH or word.endswith(_CONTRACTED) for word in little)
    votes: dict[str, int] = {}
    for word in little:
        for language in _LITTLE_WORDS.get(word, ()):
            votes[language] = votes.get(language, 0) + 1
    elided = sum(bool(_ELIDED.match(word)) for word in words)
    telling = sum(bool(_TELLING.search(word)) for word in little)
    accented = sum(not word.isascii() and "'" not in word for word in little)
    # One accent is a café or a Beyoncé, two are a language; a telling letter or a little word counts by itself.
    return english, max(max(votes.values(), default=0) + elided, telling, accented if accented > 1 else 0)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ENGLISH = _words(
    "a about after again all also am an and any are as at be because been before but by can could did do does doing"
    " even for from get go got had has have he her here him his how i if in into is it its just like me more most my"
    " never no not now of off on only or our out over please she should so some still than thanks that the their them"
    " then there these they this to too u up ur us very was we were what when where which who why will with without"
    " would you your"
)
_CONTRACTED = ("n't", "'s", "'m", "'re", "'ll", "'ve", "'d")
_ELIDED = re.compile(r"[Cc]['’]e|[Jj]['’]|(?:l|d|qu|n)['’]\w{3}")  # c'est, j'ai, l'app; not L'Oréal, d'you
_TELLING = re.compile("[ßğışșțłąężźćśńřůőűđơưãõøå\u1ea0-\u1ef9]")  # not é, ñ, ü, ç: English borrows those


def _by_word(lists: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Which languages each little word belongs to; those that English has too go out again below."""
    found: dict[str, tuple[str, ...]] = {}
    for language, words in lists.items():
        for word in words.split():
            found[word] = (*found.get(word, ()), language)
    return found


_LITTLE_WORDS = _by_word(
    {
        "fr": "le la les un une est et je tu il elle vous nous que qui pas dans avec pour très trop bien mais sont mon"
        " ma mes ce cette ça sur au aux du des ne plus être été merci bonjour bon mauvais aussi toujours depuis",
        "de": "der das und ist nicht ich sie wir ein eine einen einem mit auf für von zu dem den sehr auch aber wie"
        " noch nur wenn kann sind habe hat mein meine kein keine danke gut schlecht schon immer nach bei bitte wird",
        "es": "el la los las un una es y que por para con muy pero mi esta este esto está como más lo se su si ya"
        " del al tiene todo gracias hola bueno buena malo mala gusta funciona desde cuando porque excelente",
        "it": "il lo gli una è che di per non sono molto ma mi questo questa anche della dello nel con più ho"
        " ottimo grazie ciao buono funziona dopo quando perché bene stato tutto",
        "pt": "o os um uma é que não para com muito mas meu minha esse essa este esta isso do da dos das no na em"
        " mais por foi obrigado obrigada bom boa ruim funciona quando porque você ótimo",
        "nl": "de het een en is niet ik je jij zij wij dat dit van voor maar zijn heb heeft mijn met ook naar er"
        " goed slecht werkt nog wel geen bij erg heel zeer bedankt wordt",
        "sv": "och är inte jag det som att på av för ett en den de har mycket bra dålig tack fungerar från"
        " eller kan vi ni så var men",
        "da": "og er ikke jeg det som at på af for et en den har min mit meget godt dårlig tak virker fra eller kan vi",
        "tr": "ve bir bu çok için ama değil ile da de ben sen gibi daha olarak kötü iyi güzel teşekkürler yok var ne",
        "vi": "và là của không tôi cho này rất được có với một những bạn nhưng",
        "pl": "i w nie na się jest to z że do jak ale bardzo dla tak już po mam mój moja dobry dobra działa dziękuję",
        "id": "yang dan di ini itu tidak dengan untuk saya dari ke sudah bisa sangat bagus tapi juga karena terima"
        " kasih kurang banget aku kami anda aplikasi barang tak",
        "tl": "ang ng sa mga na hindi ako ko mo po ay naman lang salamat maganda ito yung",
        "ro": "și este nu la cu pentru care mai foarte dar din sunt bun mulțumesc",
        "cs": "a je se na to že není ale velmi jsem dobrý děkuji",
        "fi": "ja on ei se hyvä mutta en että olen kiitos todella huono",
        "hu": "a az és nem hogy van egy nagyon jó köszönöm de ez",
    }
)
for _shared in _ENGLISH | _words(
    "die hat war man come van bar bra bun con dan gut ma men met mi min mon par per po sen ten ya"
):
    _LITTLE_WORDS.pop(_shared, None)


# ---- Chinese: characters that only one of the two standards has


def _chinese(han: list[str]) -> Literal["zh-Hans", "zh-Hant"]:
    return "zh-Hant" if sum(c in _HANT for c in han) > sum(c in _HANS for c in han) else "zh-Hans"


def _characters(codec: str, first: int) -> frozenset[str]:
    """The ideographs of a two-byte character set of which the leading bytes run from `first` to 0xFE."""
    pairs = bytes(byte for lead in range(first, 0xFF) for trail in range(0x40, 0xFF) for byte in (lead, trail, 0x20))
    cells = [pairs[at : at + 2] for at in range(0, len(pairs), 3)]
    return frozenset(_HAN.findall("".join(cell.decode(codec, "ignore") for cell in cells)))


# Each side's national standard of the 1980s holds what that side writes, and Python ships both, so their
# difference is the table. By hand: what one set also has as a rare character or a surname (机 is an alder
# in Big5, 佢 and 睇 are in GB 2312), and the Cantonese and Hong Kong forms (着 is one) that Big5 lacks.
_GB2312, _BIG5 = _characters("gb2312", 0xB0), _characters("big5", 0xA4)
_HANS = (_GB2312 - _BIG5 - {"着"}) | set(
    "么体与万机种术听党网价坏怀担据胜宁虫优帘扑扰扯吨痒厂极构确洁异柜蜡苹筑适复愿夸蚕碍恶"
)
_HANT = (_BIG5 - _GB2312 - set("囧欸昇")) | set("於徵裏衆羣綫嘅咗唔啲冇嚟喺佢哋嘢咁嗰係啱攞攰睇畀嘥揾惗")
