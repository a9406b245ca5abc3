"""Ledgers (台账): each kind of fact declared once; lists, filters, masks, exports, approval and undo come from that."""
