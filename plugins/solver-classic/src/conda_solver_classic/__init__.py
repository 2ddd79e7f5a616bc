"""The classic solver: SAT with conda's objectives in conda's order, on pycosat."""
