"""The books: balanced entries in fen, each a leaf of a Merkle log that nobody can change unseen."""
