"""Raw workbooks: what a file is, and its cells with their true addresses. No models."""
