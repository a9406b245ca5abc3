"""Documents: papers and photos kept as evidence of a row of any ledger."""
