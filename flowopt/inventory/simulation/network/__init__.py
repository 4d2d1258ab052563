"""Networks of stages that keep base stock, played."""
