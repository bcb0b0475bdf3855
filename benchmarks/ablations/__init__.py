"""What each part of the three methods is worth: one part changed at a time, all else alike."""
