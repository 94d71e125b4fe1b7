"""What people hear of, in the page and by mail: notifications, preferences, digests."""
