"""Turns a wish into a solve request, a solution into a plan, and checks it."""
