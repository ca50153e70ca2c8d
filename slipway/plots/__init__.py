"""Pages of plots: one self-contained HTML file from charts, tables and tiles."""
