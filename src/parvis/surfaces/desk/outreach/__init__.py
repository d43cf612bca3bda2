"""The messages of the town to the public: the composer, the approval, what became of each."""
