"""How alike mentions and topics are, from the vectors that the worker stored. Loads NumPy only when it is asked."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from community.models import Centre, Mention, Topic, Verbatim

if TYPE_CHECKING:
    from numpy.typing import NDArray

EVERYONE = "*"  # the language of the common mean, as mining stores it
FORM = "~"  # what the "languages" of directions that tell of form begin with


def nearest_topic(session: Session, mention: Mention, topics: Sequence[Topic]) -> Topic:
    """Of some topics the one whose mean is most like the mention; the first where nothing can be compared."""
    import numpy as np

    comparable = [topic for topic in topics if topic.revision == mention.revision and topic.centroid]
    language = session.scalar(select(Verbatim.language).where(Verbatim.id == mention.verbatim_id)) or "und"
    if not comparable or not mention.embedding:
        return topics[0]
    [vector] = centred(session, mention.revision, [mention.embedding], [language])
    means = np.stack([np.frombuffer(topic.centroid, np.float32) for topic in comparable])
    cosine = means @ vector / np.maximum(np.linalg.norm(means, axis=1), 1e-9)  # (k, d) @ (d,) -> (k,)
    return comparable[int(cosine.argmax())]


def centred(
    session: Session, revision: str, embeddings: Sequence[bytes], languages: Sequence[str]
) -> "NDArray[np.float32]":  # type: ignore[name-defined] # noqa: F821
    """(n, d) of unit length, without the mean of each one's language and what tells of form: as topics compare them."""
    import numpy as np

    rows = select(Centre.language, Centre.mean).where(Centre.revision == revision)
    means = {language: np.frombuffer(mean, np.float32) for language, mean in session.execute(rows)}
    vectors = np.stack([np.frombuffer(one, np.float16) for one in embeddings]).astype(np.float32)
    common = means.get(EVERYONE, np.zeros(vectors.shape[1], np.float32))
    vectors -= np.stack([means.get(language.split("-")[0], common) for language in languages])
    for key, direction in means.items():
        if key.startswith(FORM):
            vectors -= np.outer(vectors @ direction, direction)
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)
