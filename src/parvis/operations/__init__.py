"""Operations on a whole installation: loading a town from its files, importing legacy data, backups."""
