"""What a converge does to real hosts that went wrong. Changes the lab that LANTU_TEST_LAB names, and mends it again."""
