"""Choosing one option for each item at the least cost, under limits that the items share.

It is the multiple-choice knapsack problem (Kellerer, Pferschy & Pisinger, *Knapsack Problems*,
chapter 11) with any number of knapsacks: the core of orders under a budget and of service mixes.
"""
