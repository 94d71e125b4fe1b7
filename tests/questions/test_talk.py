"""What is talk and what is an answer; talk never takes a question out of the unanswered list."""

import time

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Conflict, NotAllowed
from community.models import Account, Answer, Event, Question
from community.questions import queries, service
from community.questions.talk import LONGEST_TALK, is_talk
from tests.conftest import NOW
from tests.factories import Factory

LATER = NOW.replace(hour=18)

TALK = """
Thanks!
thank you so much
Many thanks in advance.
Thanks for the reply!
thx
Thanks, I will try that
Me too
me too!!
Me 2
Same here
Same here, any news?
same
Ditto
I have the same problem
I'm having the same issue
We have the same problem, please help
I too have this issue
My lamp has the same problem
Mine does the same thing
+1
+ 1
bump
Up
Following this thread
also interested in this
Any update on this?
Still no answer?
Anyone?
Did anyone find a solution?
@nora Which firmware do you use?
Which version did you update to?
What did you press?
Do you have the blue version?
Can you post a picture?
Could you tell us the firmware version?
Hi all, same issue here
Good question, following
No idea, sorry
I don't know either.
You're welcome
Welcome to the community!
Wow, this is great
Hello?
???
👍
😂😂😂
同问
+1 同问
同求
同感
我也是
我的也是
我家的也一样
我也遇到同样的问题
我也有同样的问题，有没有人知道？
一样的问题
有人知道吗？
有进展吗
请问楼主解决了吗
谢谢！
多谢大神
感谢分享
好的，谢谢
收到
顶
蹲一个
插眼
mark
坐等大神
求助
求解决办法
不知道
辛苦了
什么版本？
你的固件版本是多少？
你更新到哪个版本了？
能不能发个截图？
同問
我也一樣
同樣的問題
我也遇到同樣的問題
有人知道嗎？
請問解決了嗎？
謝謝大家
是哪個型號？
關注一下
""".strip().splitlines()

ANSWERS = """
Yes, hold it for 5 seconds
Yes
No
5 seconds
the blue one
Hold the button.
Update the firmware
It's in Settings > Privacy
Have you tried resetting it?
Did you try another cable?
Did you restart it?
Is it plugged in?
Why not restart it?
What if you hold it longer?
What happens if you hold it?
Maybe the battery is dead?
Could it be the cable?
Could you try another socket?
Isn't that the dimmer?
Do you have the blue version? Then press both buttons.
Same here, restarting fixed it
Me too. I replaced the battery and it works.
Thanks! I found it: hold the button for five seconds.
I have it working
It is up here
Up to 5 devices
Not yet, planned for May
Not sure, but hold the button.
Help > About > Update
Follow the manual
Problem solved by a restart
Thanks https://example.org/help
[thanks](https://example.org)
thanks `reset`
重启就好了
拔掉电源再插上
按住五秒
先检查一下电池
试试重启
换一根线试试
重启了吗？
有没有重启过？
插好了吗？
充电了吗？
电池装反了吧？
会不会是电池没电了？
怎么不重启？
要不重装一下？
我也遇到过，重启就好了
我也是，换了电池就好了
同问，后来发现是网络问题
谢谢，已经解决了：长按五秒
等待灯变绿
好的电池可以用三年
在设置里
支持
不支持
可以
没有
要用2.4G
重開機就好
長按五秒
設定裡面關掉就好
更新韌體就好了
會不會是沒電了？
""".strip().splitlines()


@pytest.mark.parametrize("text", TALK)
def test_it_is_talk(text: str) -> None:
    assert is_talk(text)


@pytest.mark.parametrize("text", ANSWERS)
def test_it_is_an_answer(text: str) -> None:
    assert not is_talk(text)


def test_whoever_writes_much_says_something() -> None:
    assert is_talk(("Thanks! " * 20)[:LONGEST_TALK])
    assert not is_talk("Thanks! " * 21)


@pytest.mark.parametrize("part", ["i have the same ", "any ", "thanks ", "(", "有", "同样的", "w", "?", "@a "])
def test_no_text_takes_long_to_judge(part: str) -> None:
    text = (part * LONGEST_TALK)[:LONGEST_TALK]
    begun = time.perf_counter()
    is_talk(text)
    assert time.perf_counter() - begun < 0.05


def unanswered(session: Session) -> list[int]:
    session.commit()
    return [row.id for row in queries.question_list(session, "unanswered").rows]


@pytest.mark.parametrize("text", ["Me too, any news?", "同问，有人知道吗？", "我也遇到同樣的問題"])
def test_talk_leaves_a_question_unanswered_and_an_answer_does_not(session: Session, make: Factory, text: str) -> None:
    asked = make.question()
    assert make.answer(asked, body=text).is_reply
    assert (asked.answer_count, unanswered(session)) == (0, [asked.id])
    assert not make.answer(asked, body="Hold the button.").is_reply
    assert (asked.answer_count, unanswered(session)) == (1, [])


def test_what_the_asker_adds_is_a_reply_unless_they_say_that_it_solves_it(session: Session, make: Factory) -> None:
    asker = make.account()
    asked = make.question(asker)
    make.answer(asked, asker, "I have restarted it, and it still hangs.")
    assert unanswered(session) == [asked.id]
    solution = service.answer(session, asked, "The cable was broken.", asker, NOW, is_solution=True)
    assert (solution.is_reply, unanswered(session)) == (False, [])


def test_only_the_asker_can_turn_talk_into_a_solution(session: Session, make: Factory) -> None:
    given = service.answer(session, make.question(), "Thanks!", make.account(), NOW, is_solution=True)
    assert given.is_reply, "the box is the asker's alone"


def test_a_reply_still_makes_the_question_active(session: Session, make: Factory) -> None:
    asked = make.question()
    make.answer(asked, body="Same here", now=LATER)
    session.commit()
    assert asked.active_at == LATER


@pytest.mark.parametrize("who", ["author", "leader", "agent", "moderator", "manager", "admin"])
def test_its_author_leaders_and_the_staff_say_what_it_is(session: Session, make: Factory, who: str) -> None:
    asked = make.question()
    given = make.answer(asked, make.account("Author"), "It needs a firm hand.")
    by = session.get_one(Account, given.author_id) if who == "author" else judge(make, who)
    session.commit()
    for is_reply, count in ((True, 0), (True, 0), (False, 1), (False, 1)):
        service.set_reply(session, given, is_reply, by, LATER)
        session.commit()
        assert (given.is_reply, asked.answer_count) == (is_reply, count)
    edits = select(Event.subject_id).where(Event.kind == "answer.edited")
    assert list(session.scalars(edits)) == [given.id] * 2, "saying what it is already is no change"


@pytest.mark.parametrize("who", ["newcomer", "member", "regular"])
def test_others_do_not_say_what_it_is(session: Session, make: Factory, who: str) -> None:
    asked = make.question()
    given = make.answer(asked)
    with pytest.raises(NotAllowed):
        service.set_reply(session, given, True, judge(make, who), LATER)
    session.commit()
    assert (given.is_reply, asked.answer_count) == (False, 1)


def judge(make: Factory, who: str) -> Account:
    """A customer of this trust level, or staff of this role."""
    if who not in {"newcomer", "member", "regular", "leader"}:
        return make.account("Judge", who)
    account = make.account("Judge")
    account.trust = who
    make.session.commit()
    return account


def test_accepting_a_reply_makes_it_an_answer_which_cannot_be_called_talk(session: Session, make: Factory) -> None:
    asker = make.account()
    asked = make.question(asker)
    given = make.answer(asked, body="What version?")
    assert given.is_reply
    service.accept(session, asked, given, asker, LATER)
    session.commit()
    assert (given.is_reply, asked.answer_count) == (False, 1)
    with pytest.raises(Conflict):
        service.set_reply(session, given, True, make.account("Staff", "moderator"), LATER)
    service.unaccept(session, asked, asker, LATER)
    session.commit()
    assert (asked.answer_count, session.get_one(Answer, given.id).is_reply) == (1, False)
    assert session.get_one(Question, asked.id).solved_at is None
