"""The cheapest stock of many items for a service that they reach together."""
