"""Words that every step shares: how a table falls to ledgers, what is found and decided about rows, what is registered."""
