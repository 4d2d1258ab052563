"""Stock at several echelons: serial systems, one warehouse with retailers, joint orders."""
