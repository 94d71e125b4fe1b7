"""Whether a topic holds both languages: sentences about six subjects, written for the bench, and how they are counted."""

from collections.abc import Sequence

import numpy as np

from mining.discovery import NONE, Ints

# Ours, written for this bench: six subjects, each in English and in both scripts of Chinese.
BILINGUAL = {
    "battery": (
        (
            "The battery drains overnight even on standby.|After the update my phone dies by noon."
            "|Battery life is terrible, I charge it three times a day."
            "|It loses 30 percent in an hour without doing anything."
            "|Why does the battery run down so quickly?|Charging takes five hours and it still isn't full."
        ),
        (
            "待机一晚上电池就没电了。|更新之后手机中午就没电。|续航太差了，一天要充三次电。"
            "|電池耗電好快，乜都冇做都跌三成。|為什麼電量掉得這麼快？|充電要五個鐘都未滿。"
        ),
    ),
    "delivery": (
        (
            "My parcel was supposed to arrive last Monday.|The courier left the package at the wrong address."
            "|Delivery took three weeks, which is far too slow.|Tracking has not moved for days."
            "|Where is my order? It still hasn't shipped.|The box was crushed when the driver dropped it off."
        ),
        (
            "包裹本来上周一就该到了。|快递员把包裹送错地址了。|送货花了三个星期，实在太慢。"
            "|物流信息幾日都冇更新。|我的訂單到底寄出了沒有？|送貨員放低個箱嗰陣已經壓爛咗。"
        ),
    ),
    "refund": (
        (
            "I returned it a month ago and still have no refund.|Please give me my money back."
            "|The refund was less than what I paid.|How long does a refund take to reach my card?"
            "|They refuse to refund me for the broken item.|I want to cancel and get a full refund."
        ),
        (
            "一个月前退货，到现在还没退款。|请把钱退给我。|退款金额比我付的少。"
            "|退款幾耐先會返到信用卡？|壞咗嘅貨品佢哋都唔肯退錢。|我想取消並全額退款。"
        ),
    ),
    "login": (
        (
            "I can't log in, it says my password is wrong.|The verification code never arrives."
            "|My account is locked after three attempts.|Resetting the password does nothing."
            "|The app signs me out every time I open it.|I forgot my password and the reset email is missing."
        ),
        (
            "登录不了，一直说密码错误。|一直收不到验证码。|试了三次账号就被锁了。"
            "|重設密碼完全冇反應。|每次打開應用程式都要重新登入。|忘記密碼，又收不到重設電郵。"
        ),
    ),
    "screen": (
        (
            "The screen flickers when brightness is low.|There is a green line down the display."
            "|My screen cracked after a tiny drop.|Touch does not respond in the corner of the display."
            "|The display is too dim in sunlight.|Dead pixels appeared on the screen within a week."
        ),
        (
            "亮度调低屏幕就会闪。|显示屏上有一条绿线。|轻轻摔一下屏幕就碎了。"
            "|螢幕角落觸控冇反應。|陽光下螢幕太暗，睇唔清楚。|用了一星期螢幕就有壞點。"
        ),
    ),
    "staff": (
        (
            "The support agent was rude and hung up on me.|I waited forty minutes for customer service to answer."
            "|The lady in the shop was so kind and patient.|Nobody from customer support replies to my emails."
            "|The agent solved it in five minutes, great service.|Staff in the store ignored us completely."
        ),
        (
            "客服态度很差，直接挂了我电话。|等了四十分钟客服才接电话。|店里的小姐姐很亲切很有耐心。"
            "|客服完全唔覆我電郵。|客服五分鐘就幫我解決，服務很好。|店員完全唔理我哋，服務態度差。"
        ),
    ),
}


def bilingual() -> tuple[list[str], list[str], list[str]]:
    """Texts, languages and subjects of BILINGUAL."""
    rows = []
    for subject, (english, chinese) in BILINGUAL.items():
        rows += [(text, "en", subject) for text in english.split("|")]
        rows += [(text, "zh", subject) for text in chinese.split("|")]
    texts, languages, subjects = zip(*rows, strict=True)
    return list(texts), list(languages), list(subjects)


def together(topics: Ints, languages: Sequence[str], subjects: Sequence[str]) -> float:
    """The share of pairs of one subject in two languages that one topic holds."""
    language, subject = np.array(languages), np.array(subjects)
    pairs = (subject[:, None] == subject) & (language[:, None] != language)  # (n, n)
    held = (topics[:, None] == topics) & (topics != NONE)
    return float(held[pairs].mean())
