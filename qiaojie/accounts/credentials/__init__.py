"""What signing in rests on besides the password: failures that are counted, devices that are known, cards of codes, who handed
out a password."""
