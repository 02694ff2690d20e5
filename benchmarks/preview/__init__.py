"""Recorded traffic under another policy: what would have become of it, on the real engine.

::

    recording = record(history, from_ms, to_ms)      once; write_recording, read_recording: a file
    model = model_of(recording)                      once in each process
    base = replay(recording, None, seed, model)      under the policies that ran
    draft = replay(recording, document, seed, model) under another: a policy as plain data
    found = compare(base, draft)                     both sides' measures, and who goes elsewhere
    found.draft[ALL]["service_level"], found.draft[Scope("queue", "billing")]["asa_s"]

``history`` is a :class:`adapters.history.History`. A recording is plain data that processes share
as a file. Equal arguments give equal outcomes; pairs of one seed share their random numbers, which
belong to interactions, so that their difference is the policy's. ``docs/preview.md`` says what is
supposed of people, and how near it comes. The document of ``onequeue preview --json`` is
``onequeue-preview-1``.
"""
