"""Early warnings: what runs out before its next receipt, stock-outs to expect, peaks ahead."""
