"""Compiled inner loops of routing: arrays in and out, no Python objects, the GIL released.

They are compiled without reference counting (``_nrt=False``), which costs more than the work it
counts; so they allocate nothing, and all arrays come from outside.
"""
