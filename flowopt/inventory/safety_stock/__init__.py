"""Safety stock in a network of stages that guarantee their service times."""
