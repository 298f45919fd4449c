"""Matcher for duplicate systems in a register, with evidence in two languages. Method: docs/duplicates.md.

    entry, reading, lists, mapping, tables       entries of a register; registers and lists as files
    normalise, owners, places, segment, meaning  from a name to its objects and actions, by the thesaurus
    compare, weights, verdict, relation          from two entries to bits, a verdict and a relation
    candidates, blocking, allpairs, sweep        blocking: fast selection of the pairs that are compared in full
    check, stored                                an application, or a whole register, against a register; cache on disk
    evidence, report, groups, picture            output for the committee
    fit                                          weights from labelled decisions

The gate calls it through policies/gate/register_check.py.
"""
