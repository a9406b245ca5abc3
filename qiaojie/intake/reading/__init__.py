"""From a file to lines of typed values: which table it is, what its columns are read as, what its rows say."""
