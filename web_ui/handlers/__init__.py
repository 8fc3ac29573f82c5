"""The handlers that others derive from, and what an `Application` needs for them.

    SiteHandler         site.py: security headers, safe cookies, errors as JSON
        ProgramHandler  program.py: what programs read; CORS, errors that say what would do
        LookHandler     look.py: the site's look, without a store
            ErrorHandler, StaticFiles
            PageHandler page.py: all pages and forms, with the parts of the site

A new handler derives from `ProgramHandler` or `PageHandler`, and is safe by that.
"""
