"""Topics nobody has named yet: communities in the graph of mentions that resemble each other.

Mining calls `discover` on the mentions no known topic explains; `mining.topics` then matches what
was found with the topics of the last run. Knows vectors and language codes, nothing of the product.
"""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import graspologic_native
import numpy as np
import numpy.typing as npt
import torch
from scipy.sparse import csr_array

from mining.centring import EVERYONE, Centre, Floats, centre, unit

__all__ = ["EVERYONE", "NONE", "Centre", "Floats", "Ints", "centre", "cluster", "discover", "nearest", "unit"]
Weights = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Edge = tuple[str, str, float]

NONE = -1  # the label of a row that belongs to no topic
BLOCK_BYTES = 64 * 2**20  # one block of similarities: 50,000 rows need no 10 GB matrix
ROUGH_FROM = 4_000  # rows from which speed matters
SPARE = 8  # more candidates than neighbours asked for: bfloat16 errs in the third decimal
USUAL_ROWS = 3_000  # the corpus at which a row gets just the neighbours asked for
MOST_REACH = 3  # times the neighbours asked for: bounds the graph of a large corpus
ITERATIONS = 3  # of Leiden over the graph
FIRST, COARSEST = 4.0, 0.5  # resolutions: where the search for the best begins, and the least

# A topic is coherent when its cohesion (mean cosine of its pairs) reaches half of what the corpus's
# tighter topics have. Measured on centred vectors: bank questions 0.28 and more beside 0.55, chit-chat
# thrown in among them 0.22 to 0.30. A single row may be looser than a whole topic.
COHERENT, ROW = 0.5, 0.4
# Below this the members have nothing in common: random vectors reach 0.05, forum chatter 0.09 to 0.13.
LEAST_COHESION = 0.08


def discover(
    embeddings: Floats, languages: Sequence[str], *, seed: int = 0, neighbours: int = 10, minimum: int = 5
) -> Ints:
    """Topic of each row (n,), 0 the largest, NONE for none, from embeddings (n, d) and n language codes.

    The same input and seed give the same labels. Raises ValueError if the lengths differ.
    """
    return cluster(centre(embeddings, languages), seed=seed, neighbours=neighbours, minimum=minimum)


def cluster(vectors: Floats, *, seed: int = 0, neighbours: int = 10, minimum: int = 5) -> Ints:
    """Topic of each row (n,) as in `discover`, from vectors (n, d) that are centred already."""
    if len(vectors) == 0:
        return np.empty(0, dtype=np.int64)
    first, inverse = _distinct(vectors)  # the same words a hundred times are one node, not a clique
    distinct, weights = vectors[first], np.bincount(inverse)
    parts = _communities(distinct, seed, neighbours)
    return _by_size(_prune(distinct, parts, weights, minimum)[inverse])


def _distinct(vectors: Floats) -> tuple[Ints, Ints]:
    """The first row of each distinct vector (u,) and, for every row, which of them it is (n,)."""
    # Four decimals: one text in two batches of different padding differs in the sixth.
    whole = np.ascontiguousarray(np.round(vectors * 1e4).astype(np.int16))
    keys = whole.view(np.dtype((np.void, whole.dtype.itemsize * whole.shape[1]))).ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)  # keep the order of the rows, which the reader can follow
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return first[order], rank[inverse.ravel()]


def nearest(vectors: Floats, count: int) -> tuple[Ints, Floats]:
    """The `count` nearest other rows of each row and their cosines, both (n, count), in no order.

    Blocks of rows against all rows, so memory stays within a few BLOCK_BYTES whatever n is. Many rows are compared in
    bfloat16 first, and those in question once more in single precision.
    """
    n = len(vectors)
    exact = torch.from_numpy(np.ascontiguousarray(vectors, np.float32))
    is_rough = n >= ROUGH_FROM and computes_bfloat16()
    compared = exact.bfloat16() if is_rough else exact
    wide = min(count + SPARE, n - 1) if is_rough else count
    rows = torch.empty((n, count), dtype=torch.int64)
    cosines = torch.empty((n, count))
    step = max(1, min(BLOCK_BYTES // (4 * n), BLOCK_BYTES // (4 * wide * vectors.shape[1])))
    for start in range(0, n, step):
        block = compared[start : start + step] @ compared.T  # (b, d) @ (d, n) -> (b, n), cosine
        at = torch.arange(len(block))
        block[at, start + at] = -torch.inf  # no row is its own neighbour
        cosine, found = torch.topk(block, wide, dim=1, sorted=False)
        if is_rough:
            again = torch.einsum("bd,bwd->bw", exact[start : start + step], exact[found])
            cosine, best = torch.topk(again, count, dim=1, sorted=False)
            found = found.gather(1, best)
        rows[start : start + step], cosines[start : start + step] = found, cosine
    return rows.numpy(), cosines.numpy()


def computes_bfloat16() -> bool:
    """Whether this processor multiplies in bfloat16 itself: 3 times as fast for 10,000 rows."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


class Graph:
    """An undirected weighted graph: edge i joins `left[i]` and `right[i]`, left < right."""

    def __init__(self, vectors: Floats, neighbours: int) -> None:
        """Joins each row with its nearest ones; an edge weighs the cosine."""
        self.nodes = len(vectors)
        rows, cosines = nearest(vectors, neighbours)
        source, target = np.repeat(np.arange(self.nodes), neighbours), rows.ravel()
        pairs = np.minimum(source, target) * self.nodes + np.maximum(source, target)
        pairs, first = np.unique(pairs, return_index=True)
        self.left, self.right = np.divmod(pairs, self.nodes)
        # Unlike rows still get a faint edge: Leiden returns no community for a node without one.
        self.weight = np.maximum(cosines.ravel()[first], 1e-3).astype(np.float64)

    def edges(self) -> list[Edge]:
        """The edges as Leiden reads them: names and weight."""
        names = [str(node) for node in range(self.nodes)]
        left, right = self.left.tolist(), self.right.tolist()
        return [(names[a], names[b], w) for a, b, w in zip(left, right, self.weight.tolist(), strict=True)]

    def code_length(self, parts: Ints) -> float:
        """Bits a step of a random walk costs when each community has its own code book.

        The map equation, two levels: Rosvall, Axelsson, Bergstrom, "The map equation", 2009, eq. 4.
        """
        ends = np.concatenate([self.left, self.right])
        weight = np.concatenate([self.weight, self.weight]) / (2 * self.weight.sum())
        leaves = np.tile(parts[self.left] != parts[self.right], 2)
        visit = _totals(ends, weight, self.nodes)  # (n,) how often the walk is at a node
        inside = _totals(parts, visit, parts.max() + 1)  # (k,) ... in a community
        out = _totals(parts[ends], weight * leaves, parts.max() + 1)  # (k,) ... and steps out of it
        return _plogp(out.sum(keepdims=True)) - 2 * _plogp(out) - _plogp(visit) + _plogp(out + inside)


def _totals(groups: Ints, weight: Weights, count: int) -> Weights:
    return np.bincount(groups, weight, minlength=count).astype(np.float64)


def _plogp(p: Weights) -> float:
    return float(np.sum(p * np.log2(np.where(p > 0, p, 1.0))))


def _communities(vectors: Floats, seed: int, neighbours: int) -> Ints:
    """The community of each distinct row (u,): Leiden at the resolution with the shortest code."""
    if len(vectors) == 1:
        return np.zeros(1, dtype=np.int64)
    graph = Graph(vectors, _reach(len(vectors), neighbours))
    candidates = [(graph.code_length(parts), parts) for parts in _partitions(graph, seed)]
    return min(candidates, key=lambda candidate: candidate[0])[1]


def _reach(rows: int, neighbours: int) -> int:
    """How many neighbours each of so many rows gets.

    A community spans three to four times its rows' neighbours, so with a fixed number a corpus ten times
    larger would fall into ten times as many topics. Measured on bank questions of 77 labels, the best
    number was 7, 10, 18, 25 at 1,500, 3,000, 6,000, 10,000 rows.
    """
    scaled = round(neighbours * math.sqrt(rows / USUAL_ROWS))
    least = min(6, max(4, rows // 20))  # where a subject has six mentions, ten neighbours reach the next
    return min(max(scaled, least), MOST_REACH * neighbours, rows - 1)


def _partitions(graph: Graph, seed: int) -> Iterator[Ints]:
    """Partitions around the resolution with the shortest code: once over to find it, then more of them about it."""
    edges = graph.edges()
    lengths: dict[float, float] = {}
    with ThreadPoolExecutor(torch.get_num_threads()) as threads:
        for factor in (2.0, 0.5):  # finer from FIRST on, then coarser, each until the code has grown twice
            resolution, is_fine = FIRST if factor > 1 else FIRST * factor, False
            while resolution >= COARSEST and not is_fine and not _has_grown(list(lengths.values()), factor):
                pair = [one for one in (resolution, resolution * factor) if one >= COARSEST]
                for one, parts in zip(pair, threads.map(partial(_leiden, edges, graph.nodes, seed), pair), strict=True):
                    lengths[one] = graph.code_length(parts)
                    is_fine = factor > 1 and parts.max() + 1 > graph.nodes / 2
                    yield parts
                lengths = dict(sorted(lengths.items()))
                resolution *= factor**2
        best = min(lengths, key=lambda found: lengths[found])
        about = [best * factor for factor in (2**-0.5, 1.0, 2**0.5)]
        yield from threads.map(partial(_leiden, edges, graph.nodes, seed, iterations=ITERATIONS), about)


def _has_grown(lengths: Sequence[float], factor: float) -> bool:
    """Whether the two lengths at the end, or (coarser) at the beginning, are both above the shortest."""
    last = lengths[-2:] if factor > 1 else lengths[:2]
    return len(lengths) > 2 and min(last) > min(lengths)


def _leiden(edges: list[Edge], nodes: int, seed: int, resolution: float, iterations: int = 1) -> Ints:
    """The community of each node (u,). Traag, Waltman, van Eck, "From Louvain to Leiden", 2019."""
    _, found = graspologic_native.leiden(edges, resolution=resolution, seed=seed, iterations=iterations)
    return np.array([found[str(node)] for node in range(nodes)], dtype=np.int64)


def _prune(vectors: Floats, parts: Ints, weights: Ints, minimum: int) -> Ints:
    """Communities (u,) without the small and the loose; their rows go to the nearest topic or to NONE."""
    large = np.bincount(parts, weights) >= minimum
    if not large.any():
        return np.full(len(parts), NONE)
    cohesion = np.bincount(parts, _own_cosine(vectors, parts)) / np.bincount(parts)  # (k,)
    typical = float(np.quantile(cohesion[large], 0.75))
    keep = large & (cohesion >= max(COHERENT * typical, LEAST_COHESION))
    moved = _rehome(vectors, parts, keep, max(ROW * typical, LEAST_COHESION / 2))
    sizes = np.bincount(moved + 1, weights, minlength=len(keep) + 1)[1:]
    return np.where((sizes >= minimum)[moved] & (moved != NONE), moved, NONE)


def _own_cosine(vectors: Floats, parts: Ints) -> Floats:
    """Mean cosine of each row with the other members of its community (u,); 1 for one alone."""
    sums, sizes = _sums(vectors, parts), np.bincount(parts)
    with_self = np.einsum("nd,nd->n", vectors, sums[parts])
    others = sizes[parts] - 1
    return np.where(others > 0, (with_self - 1) / np.maximum(others, 1), 1.0).astype(np.float32)


def _rehome(vectors: Floats, parts: Ints, keep: npt.NDArray[np.bool_], floor: float) -> Ints:
    """Rows (u,) outside the kept communities, or loose in them, in the most similar kept one or NONE."""
    loose = ~keep[parts] | (_own_cosine(vectors, parts) < floor)
    kept = np.flatnonzero(keep)
    moved = parts.copy()
    moved[loose] = NONE
    if len(kept) and loose.any():
        means = (_sums(vectors, parts) / np.bincount(parts)[:, None])[kept]
        cosine = vectors[loose] @ means.T.astype(np.float32)  # (l, d) @ (d, k) -> (l, k), mean over members
        cosine[kept[None, :] == parts[loose][:, None]] = -1  # a loose row's own topic is decided already
        moved[loose] = np.where(cosine.max(axis=1) >= floor, kept[cosine.argmax(axis=1)], NONE)
    return moved


def _sums(vectors: Floats, parts: Ints) -> Weights:
    member = csr_array((np.ones(len(parts)), (parts, np.arange(len(parts)))), shape=(parts.max() + 1, len(parts)))
    sums: Weights = member @ vectors.astype(np.float64)  # (k, n) @ (n, d)
    return sums


def _by_size(labels: Ints) -> Ints:
    """The same topics (n,) numbered from the largest; among equals the one seen first."""
    found, first, sizes = np.unique(labels[labels != NONE], return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    number = np.full(labels.max(initial=NONE) + 2, NONE)  # its last place answers for NONE
    number[found[order]] = np.arange(len(found))
    return number[labels]
