"""What the house costs, measured as ratios of two things run in turns."""
