"""For analysis: journal and history as Parquet, and questions to it in SQL (docs/analysis.md)."""
