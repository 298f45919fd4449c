"""Duplicate systems: found by what they do, shown with evidence, in two languages. docs/duplicates.md tells the method.

    entry        one system as listed            reading, lists   registers from files, lists of agencies in and out
    normal, places, segment, meaning, thesaurus  from a name to the things it says
    compare, weights, judge, relation            from two systems to bits, a verdict and a relation
    candidates, stored, check                    one application against many systems
    evidence, report, picture                    what the committee sees
    gate                                         the check as one rule of the gate
    fit                                          the weights, from labelled decisions

Imports nothing of the other rooms but policies itself, and neither Pulumi nor the network.
"""
