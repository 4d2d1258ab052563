"""The engines of routing, one file each, and the parts of the constructive one."""
