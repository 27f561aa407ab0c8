"""The ledger in a PostgreSQL database that several machines share. The only package that imports psycopg."""
