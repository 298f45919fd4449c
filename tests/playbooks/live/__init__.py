"""Repair of real hosts by a playbook run. Changes the lab in LANTU_TEST_LAB and restores it."""
