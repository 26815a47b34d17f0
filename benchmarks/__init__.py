"""Speed and accuracy, always as ratios against a peer in the same run on the same sheets."""
