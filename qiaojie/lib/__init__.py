"""What everything stands on: value kinds, identity numbers, dates, money, text, encryption. No models."""
