"""Names and handles: nobody looks like somebody else, and no mark turns the line around."""

import re
import secrets
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from community.errors import Invalid
from community.lookalikes import skeleton
from community.models import Account
from community.models.accounts import Role, account_role

LONGEST_HANDLE = 40
SHORTEST_NAME, LONGEST_NAME = 2, 80
MOST_MARKS = 3  # on one letter: Vietnamese needs two, towers of them cover the lines above
TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
UNSEEN = re.compile("[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u2060-\u2064\u206a-\u206f\u3164\ufe00-\ufe0f"
                    "\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]")  # fmt: skip

WITHOUT_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")  # Chinese, Japanese

# Words by which people know who speaks for the site. Latin ones count as whole words, Chinese ones anywhere.
TITLES = (
    "admin", "administrator", "moderator", "mod", "support", "staff", "official", "sysadmin", "webmaster", "helpdesk",
    "customer service", "customer support", "customer care", "help desk", "support team", "the team", "root", "system",
)  # fmt: skip
TITLES_ZH = (
    "客服",
    "管理员",
    "管理員",
    "官方",
    "版主",
    "客户服务",
    "客戶服務",
    "站长",
    "站長",
    "运营团队",
    "工作人员",
    "工作人員",
)


def clean_line(text: str) -> str:
    """One line without marks that turn the direction of reading."""
    return " ".join(TURNING.sub("", text).split())


def checked_name(session: Session, name: str, of: Account | None) -> str:
    """The name as it is kept: one clean line in NFC. Raises Invalid for one that is none, or that poses as staff."""
    cleaned = clean_name(name)
    if not SHORTEST_NAME <= len(cleaned) <= LONGEST_NAME:
        raise Invalid(_("A name has 2 to 80 characters."))
    if not any(letter.isalnum() for letter in unicodedata.normalize("NFKC", cleaned)):
        raise Invalid(_("A name needs at least one letter or digit."))
    if re.search(r"https?:|www\.|@\S+\.\w", cleaned, re.IGNORECASE):
        raise Invalid(_("A name is no web or e-mail address. Please choose another."))
    refuse_posing(session, cleaned, of)
    return cleaned


def clean_name(name: str) -> str:
    """One line in NFC without what cannot be seen: controls, zero-width and turning marks, towers of accents."""
    text = unicodedata.normalize("NFC", UNSEEN.sub("", TURNING.sub("", name)))
    seen = "".join(" " if letter.isspace() else letter for letter in text if letter.isspace() or _is_seen(letter))
    return " ".join(re.sub(rf"({_marks(seen)}{{{MOST_MARKS}}}){_marks(seen)}+", r"\1", seen).split())


def _is_seen(letter: str) -> bool:
    """Joiners stay: Indic scripts, Persian and emoji are written with them."""
    return letter in "\u200c\u200d" or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


def _marks(text: str) -> str:
    """A pattern for any of the combining marks in the text."""
    found = "".join(sorted({letter for letter in text if unicodedata.category(letter) == "Mn"}))
    return f"[{re.escape(found)}]" if found else "(?!)"


def refuse_posing(session: Session, name: str, of: Account | None) -> None:
    """Raises Invalid where customers' names look like the site's, like a title, or like the name of staff."""
    if of is not None and of.is_staff:
        return
    site = str(current_app.config["SITE_NAME"])
    if has_title(name, site):
        raise Invalid(_("This name looks as if it spoke for %(site)s. Please choose another.", site=site))
    forms = {skeleton(name), skeleton(re.sub(r"[\W\d_]+$", "", name))} - {""}
    if any(skeleton(taken) in forms for taken in staff_names(session)):
        raise Invalid(_("This name looks like the name of somebody who works here. Please choose another."))


def has_title(name: str, site: str) -> bool:
    """Whether the name holds the site's name or a title of its staff, however it is written."""
    whole = skeleton(name)
    words = {skeleton(word) for word in re.split(r"[\W_]+|(?<=[a-z])(?=[A-Z])", unicodedata.normalize("NFKC", name))}
    titles = {skeleton(title) for title in TITLES}
    own = skeleton(site)
    return (
        whole in titles
        or bool(words & titles)
        or own in words | {whole}
        or (len(own) >= 5 and own in whole)
        or skeleton(re.sub(r"[\W\d_]+$", "", name)) in titles | {own}
        or any(skeleton(title) in whole for title in TITLES_ZH)
    )


def staff_names(session: Session) -> Sequence[str]:
    """Names and handles of everybody who has another role than customer."""
    staff = (
        select(Account.name, Account.handle)
        .join(account_role, account_role.c.account_id == Account.id)
        .join(Role, Role.id == account_role.c.role_id)
        .where(Role.name != "customer")
        .distinct()
        .limit(5_000)
    )
    return [word for row in session.execute(staff) for word in row]


def checked_handle(session: Session, handle: str, of: Account | None) -> str:
    """The handle as it is kept. Raises Invalid where it is none, is taken, or poses as staff."""
    cleaned = as_handle(handle)
    if len(cleaned) < SHORTEST_NAME or len(cleaned) > LONGEST_HANDLE:
        raise Invalid(_("A handle has 2 to 40 letters, digits and hyphens."))
    refuse_posing(session, cleaned, of)
    taken = select(Account.id).where(Account.handle == cleaned, Account.id != (of.id if of else 0))
    if session.scalar(taken) is not None:
        raise Invalid(_("This handle is taken. Please choose another."))
    return cleaned


def free_handle(session: Session, name: str) -> str:
    """A handle made of the name that no account has yet."""
    return free_handles(session, [name])[0]


def free_handles(session: Session, names: Iterable[str]) -> list[str]:
    """For each name a handle that neither an account nor another of them has, in a few statements for all."""
    wanted = [as_handle(name)[:30].strip("-_") or "person" for name in names]
    taken = _taken(session, wanted)
    again = taken | {handle for handle, times in Counter(wanted).items() if times > 1}
    taken |= _taken(session, [f"{handle}-{n}" for handle in again for n in range(2, 10)])
    return [_next(handle, taken) for handle in wanted]


def _next(handle: str, taken: set[str]) -> str:
    """The handle, with a number or at last some random signs behind it; taken from here on."""
    numbered = (handle if n == 1 else f"{handle}-{n}" for n in range(1, 10))
    free = next((one for one in numbered if one not in taken), None) or f"{handle}-{secrets.token_hex(4)}"
    taken.add(free)
    return free


def _taken(session: Session, handles: Sequence[str]) -> set[str]:
    """Those of the handles that accounts have."""
    found: set[str] = set()
    for start in range(0, len(handles), 500):
        some = handles[start : start + 500]
        found.update(session.scalars(select(Account.handle).where(Account.handle.in_(some))))
    return found


def as_handle(text: str) -> str:
    """Letters and digits of any script in lower case, with hyphens between."""
    folded = unicodedata.normalize("NFKC", clean_name(text)).casefold()
    return re.sub(r"[^\w]+|_+", "-", folded).strip("-")


def possible_handles(run: str) -> list[str]:
    """The handles that may be meant, longest first: Chinese goes on behind a name without a space."""
    run = unicodedata.normalize("NFKC", run).casefold()[:LONGEST_HANDLE]
    ends = [at for at in range(len(run), 0, -1) if at == len(run) or _may_end(run, at)]
    return list(dict.fromkeys(end for at in ends if (end := run[:at].rstrip("-_"))))


def _may_end(run: str, at: int) -> bool:
    """Whether a name may end before this letter: beside a script without spaces."""
    return bool(WITHOUT_SPACES.match(run[at - 1]) or WITHOUT_SPACES.match(run[at]))
