"""Messages of the town to the public: written once, approved, published in every channel, corrected, ended."""
