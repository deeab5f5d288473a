"""What the repository needs to look after itself: measured figures, generated documents."""
