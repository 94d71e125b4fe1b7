"""What a theme's page quotes: telling and latest words of different people, no copies, and one that sums it up."""

from sqlalchemy.orm import Session

from community.insights.quoting import Quoted, quoted
from community.models import Theme
from tests.factories import Factory
from tests.insights.making import lately, make_theme, say


def of(session: Session, theme: Theme, best: list[int] | None = None, locale: str = "en") -> Quoted:
    return quoted(session, theme.id, lately(30), lately(0), best or [], locale)


def test_what_says_nearly_the_same_is_quoted_once(session: Session, make: Factory) -> None:
    theme = make_theme(session)
    for n in range(3):
        say(make, theme, "The battery is flat before lunch every day", address=f"p{n}@example.org")
    say(make, theme, "Mine needs its charger twice a day", address="q@example.org")
    assert len(of(session, theme).telling) == 2


def test_the_report_s_choice_stands_first_while_it_is_of_the_theme(session: Session, make: Factory) -> None:
    theme, other = make_theme(session), make_theme(session, "slow delivery")
    strong = say(make, theme, "A terrible battery, the worst of all", address="p@example.org", score=-0.99)
    chosen = say(make, theme, "Since the update it lasts half a day", address="q@example.org", score=-0.4)
    moved = say(make, other, "The courier came a week late again", address="r@example.org")
    found = of(session, theme, [moved.id, chosen.id])
    assert [one.mention_id for one in found.telling] == [chosen.id, strong.id]


def test_the_latest_are_of_people_who_are_not_quoted_yet(session: Session, make: Factory) -> None:
    theme = make_theme(session)
    words = "amber birch cedar dune ember fjord grove heath island jetty kelp lagoon meadow north".split()
    for n, word in enumerate(words):
        say(
            make, theme, f"{word} {word}s battery", address=f"p{n}@example.org", score=-0.9 + n / 100, at=lately(20 - n)
        )
    found = of(session, theme)
    assert len(found.telling) == 12
    assert [one.text.split()[0] for one in found.recent] == ["north", "meadow"]
    assert not {one.customer_id for one in found.telling} & {one.customer_id for one in found.recent}


def test_the_summary_is_readable_and_in_the_reader_s_language(session: Session, make: Factory) -> None:
    theme = make_theme(session)
    say(make, theme, "Terrible!", address="p@example.org", score=-0.99)
    english = say(make, theme, "Since the update it lasts half a day", address="q@example.org", score=-0.5)
    chinese = say(make, theme, "更新之后电池半天就没电了", address="r@example.org", score=-0.4, language="zh-Hans")
    for locale, mention in (("en", english), ("zh_CN", chinese)):
        assert [one.mention_id for one in of(session, theme, locale=locale).summary] == [mention.id]


def test_without_quotes_there_is_no_summary(session: Session) -> None:
    found = of(session, make_theme(session))
    assert (found.summary, found.telling, found.recent) == ([], [], [])


def test_a_text_that_strayed_into_a_theme_of_other_customers_does_not_tell_it(session: Session, make: Factory) -> None:
    theme = make_theme(session)
    words = "一二三四五六七八九十"
    for n, word in enumerate(words):
        say(make, theme, f"快递员第{word}次态度很差", address=f"p{n}@example.org", score=-0.5, language="zh-Hans")
    stray = say(make, theme, "They sent us a mail and closed our case", address="q@example.org", score=-0.99)
    found = of(session, theme, locale="en")
    assert stray.id not in {one.mention_id for one in [*found.summary, *found.telling]}
    assert found.summary
    assert stray.id in {one.mention_id for one in found.recent}, "it was said, and lately"
