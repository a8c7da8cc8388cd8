"""What the doors called by practice systems remember: tokens and subscriptions."""
