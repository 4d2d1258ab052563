"""Rebalancing: moving stock from sites that have too much to sites that have too little."""
