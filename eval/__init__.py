"""The evaluation suite: cases through `qa`, scored by rule, compared with a baseline that is part of the repository.

    cases ─run→ rows ─report, html→ terminal, JSON, JUnit, page
    rows + baseline.json ─gate→ flips, differences, an exit code

`checker`, `answers` and `mutate` measure one part of `qa` each on labelled files. No model judges anything here,
nothing is downloaded, and the same tree gives the same bytes. Stands on the public names of `qa`, which never imports
it.
"""
