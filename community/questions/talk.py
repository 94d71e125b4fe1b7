"""Is it an answer, or only talk? A chatty reply must not take a question out of the unanswered list.

The rule errs towards calling it an answer: talk is what says nothing but thanks, "me too", "any news?", or only asks back.
Its author, the staff and leaders can say otherwise.
"""

import re

LONGEST_TALK = 160  # characters; whoever writes more says something

TROUBLE = r"(?:problem|issue|question|thing|error|trouble|behaviou?r|bug)s?"
ENGLISH = rf"""
      (?:many|lots\ of|big)?\s*thanks?(?:\s+(?:you|a\s+lot|so\s+much|very\s+much|in\s+advance|again|for\s+(?:this|that|(?:the|your)\s+(?:help|reply|answer|info))))*
    | thx | ty | tia | cheers
    | me\s+(?:too|2|as\s+well|neither) | ditto | mine\s+(?:too|as\s+well)
    | (?:exactly\s+)?(?:the\s+)?(?:exact\s+)?same(?:\s+(?:here|boat|for\s+me|with\s+mine|too|{TROUBLE}))*
    | (?:i|we)(?:\s+am|\s+are|.m|.re|.ve)?\s*(?:\b(?:too|also|still|both)\s+)*(?:have|having|had|got|get|getting|see|seeing|face|facing)\s+
      (?:it|this|that|(?:exactly\s+)?(?:the\s+)?(?:exact\s+|very\s+)?same|a\s+similar)(?:\s+{TROUBLE})?(?:\s+(?:too|here|as\s+well))*
    | (?:i.m|i\s+am|we.re)\s+in\s+the\s+same\s+boat | having\s+(?:this|the\s+same)(?:\s+{TROUBLE})?
    | (?:mine|my\s+\w+)\s+(?:does|did|has|is\s+doing)\s+(?:exactly\s+)?(?:this|that|it|the\s+same(?:\s+{TROUBLE})?)
    | (?:i|we)\s+(?:do|am|are|would)\s*(?:too|as\s+well)?
    | any\s+(?:news|updates?|progress|luck|solutions?|ideas?|one|body)(?:\s+(?:on\s+this|about\s+this|yet|here|so\s+far))*
    | any(?:one|body) | still\s+(?:no(?:thing)?|waiting|an\s+issue)(?:\s+(?:answer|solution|fix|reply|news|update)s?)?
    | bump | up | subscrib(?:ed|ing) | follow(?:ing)?(?:\s+(?:this|the)\s+(?:thread|topic|question))? | interested(?:\s+in\s+(?:this|that|an?\s+answer|the\s+answer))?
    | (?:i.ll|i\s+will|will)\s+(?:try|do|check|test)(?:\s+(?:it|that|this))?(?:\s+(?:out|later|tonight|tomorrow|asap))*
    | please\s+help | help | great\s+question | good\s+(?:question|point|luck) | no\s+(?:idea|clue|worries|problem)
    | i\s+don.?t\s+know(?:\s+either)? | not\s+sure | sorry | you.?re\s+welcome | welcome(?:\s+to\s+the\s+(?:community|forum))?
    | (?:happy|glad)\s+to\s+(?:help|hear(?:\s+(?:it|that))?) | (?:this|that|it)(?:\s+is|.s)\s+(?:great|nice|cool|awesome|annoying|frustrating|helpful)
    | hi | hello | hey | all | everyone | guys | folks | there | too | also | please | ok(?:ay)? | lol | haha | nice | great | cool | wow | awesome
    | this | here
"""
CHINESE = r"""
      同问 | 同問 | 同求 | 同感 | (?:同样|同樣|一样|一樣|相同)(?:的)?(?:问题|問題|情况|情況|求助)?
    | (?:我|我们|我們|我家|俺)(?:这|這|这边|這邊)?(?:的)?(?:也|同样|同樣)(?:是|有|遇到|碰到|出现|出現|想知道|一样|一樣)?(?:了|过|過)?(?:这样|這樣|同样|同樣|一样|一樣|这个|這個)?(?:的)?(?:问题|問題|情况|情況)?
    | 有(?:没有|沒有)?(?:进展|進展|消息|人知道|解决|解決|结果|結果|更新|办法|辦法|答案)[吗嗎了么麼]*
    | (?:解决|解決)了(?:吗|嗎|么|麼|没有|沒有|没|沒)?
    | (?:谢谢|謝謝|多谢|多謝|感谢|感謝|感恩)(?:分享|回复|回覆|回答|解答|帮助|幫助|帮忙|幫忙)? | 辛苦 | 麻烦了 | 麻煩了
    | (?:顶|頂|蹲|插眼|围观|圍觀|马克|關注|关注|支持|路过|路過)(?:一下|一个|一個) | 顶|頂|蹲|插眼|围观|圍觀|马克|mark|关注|關注|路过|路過|支持楼主|支持樓主
    | 求助 | 求解(?![决決]) | 求教 | (?:坐等|等待|求|蹲)(?:解决|解決|答案|回复|回覆|更新)?(?:办法|辦法|方法|方案)?
    | (?:我也|我)?不知道 | 不清楚 | 收到 | 明白 | 好问题 | 好問題 | 赞 | 讚 | 哈哈
    | 请问|請問|你好|您好|大家|大神|楼主|樓主|各位|朋友们|了|啊|呀|哈|呢|的|好|嗯|哦|吧|吗|嗎
"""
PLEASANTRIES = re.compile(rf"(?<![a-z0-9])(?:{ENGLISH})(?![a-z0-9])|{CHINESE}", re.VERBOSE | re.IGNORECASE)

WANTS_TO_KNOW = re.compile(
    r"\b(?:which|what|where|when|who|whose|how)\b|什么|什麼|啥|哪|多少|几|幾|谁|誰|怎么|怎麼|怎样|怎樣", re.IGNORECASE
)
PROPOSES = re.compile(
    r"\b(?:tr(?:y|ied|ying)|could(?!\s+you\b)|should|maybe|perhaps|how\s+about|what\s+(?:about|if|happens)|why\s+not|\w+n['’]t|checked|is\s+it\s+possible\s+that)\b"
    r"|[试試]|是不是|会不会|會不會|要不|不如|检查|檢查|[何么麼]不",
    re.IGNORECASE,
)
REMEDY = re.compile(
    r"\b(?:re(?:start|set|boot|install|plac|pair|charg|connect)\w*|plug\w*|unplug\w*|charg\w*|switch\w*|turn\w*|updat\w*|upgrad\w*|clean\w*|delet\w*|press\w*|hold)\b"
    r"|重[启啟开開新装裝置]|更新|升[级級]|插|[换換]|充[电電]|[关關]|[打没沒]开|打開|[装裝]反|拔|清[理除洁潔]|按",
    re.IGNORECASE,
)
ADDRESSED = re.compile(r"(?<!\w)@[\w-]+")
SENTENCE = re.compile(r"[^.!?。！？\n]*[.!?。！？\n]?")


def is_talk(text: str) -> bool:
    """Whether the text proposes nothing: pleasantries alone, or nothing but questions back."""
    text = ADDRESSED.sub(" ", text).strip()
    if len(text) > LONGEST_TALK or "](" in text or "`" in text or "http" in text:
        return False
    sentences = [said for part in SENTENCE.findall(text) if (said := part.strip())]
    return all(_says_nothing(said) or _asks(said) for said in sentences)


def _says_nothing(sentence: str) -> bool:
    return not re.search(r"\w", re.sub(r"\+\s*1\b", " ", PLEASANTRIES.sub(" ", sentence)))


def _asks(sentence: str) -> bool:
    """Asks back without proposing anything: "Which version?", not "Have you tried it?" or "Is it plugged in?"."""
    if not sentence.endswith(("?", "？")) or PROPOSES.search(sentence):
        return False
    return bool(WANTS_TO_KNOW.search(sentence)) or not REMEDY.search(sentence)
