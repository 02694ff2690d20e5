"""Jobs: work that takes minutes, as a niced child process of one API process, told to all of them.

What was asked, how far it has come and what was found stand in Redis (:mod:`adapters.jobs.store`);
the process that took the request runs the child (:mod:`adapters.jobs.line`).
"""
