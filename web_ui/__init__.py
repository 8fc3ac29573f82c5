"""The Tornado process: hears of new events, wakes the waiting visitors, serves the pages.

See README.md.
"""
