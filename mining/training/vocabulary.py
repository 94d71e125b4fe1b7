"""Cuts a multilingual SentencePiece-style vocabulary down to English and Chinese.

A quarter of a million pieces are four fifths of the teacher's weights. Kept: what the training texts use, every Han
character and frequent Han word, the frequent Latin pieces, digits, punctuation and emoji; order and scores stay the teacher's.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import Tokenizer

HAN = re.compile(r"^▁?[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+$")
LATIN = re.compile(r"^▁?[A-Za-z']+$")
PLAIN = re.compile(r"^▁?[!-@\[-`{-~\u2000-\u206f\u3000-\u303f\uff00-\uffef\u2600-\u27bf\U0001f300-\U0001faff¥€£°©®™]+$")
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
LATIN_RANK = 30_000  # the teacher's vocabulary is sorted by frequency over 100 languages


def kept_pieces(teacher: Path, texts: Iterable[str], size: int) -> list[int]:
    """Rows of the teacher's vocabulary to keep, ascending: the `size` most useful by use in `texts`, then by rank."""
    tokenizer = Tokenizer.from_file(str(teacher / "tokenizer.json"))
    used: Counter[int] = Counter()
    for encoding in tokenizer.encode_batch(list(texts)):
        used.update(encoding.ids)
    vocabulary = tokenizer.get_vocab()
    always = {index for piece, index in vocabulary.items() if piece in SPECIAL or is_indivisible(piece)}
    wanted = {index for piece, index in vocabulary.items() if is_ours(piece, index)} | set(used)
    ranked = sorted(wanted - always, key=lambda index: (-used[index], index))
    return sorted(always | set(ranked[: size - len(always)]))


def is_indivisible(piece: str) -> bool:
    """A single Han character or plain sign, without which a text would hold unknown tokens."""
    return (len(piece) == 1 and bool(HAN.match(piece) or PLAIN.match(piece))) or piece == "▁"


def is_ours(piece: str, rank: int) -> bool:
    return bool(HAN.match(piece) or PLAIN.match(piece) or (rank < LATIN_RANK and LATIN.match(piece)))


def prune_tokenizer(teacher: Path, rows: Sequence[int], target: Path) -> None:
    """Write `target`/tokenizer.json with only these rows of the vocabulary; row i of the new one is rows[i]."""
    model = json.loads((teacher / "tokenizer.json").read_text(encoding="utf-8"))
    pieces = model["model"]["vocab"]
    place = {old: new for new, old in enumerate(rows)}
    model["model"]["vocab"] = [pieces[old] for old in rows]
    model["model"]["unk_id"] = place[model["model"]["unk_id"]]
    for token in model["added_tokens"]:
        token["id"] = place[token["id"]]
    for entry in model["post_processor"]["special_tokens"].values():
        entry["ids"] = [place[old] for old in entry["ids"]]
    target.mkdir(parents=True, exist_ok=True)
    text = json.dumps(model, ensure_ascii=False, separators=(",", ":"))
    (target / "tokenizer.json").write_text(text, encoding="utf-8")
