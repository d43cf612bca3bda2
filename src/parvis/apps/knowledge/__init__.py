"""What the town says (answers, facts, notices), the engine that finds it, and the calculators."""
