"""Nothing is written here: the models are built from declarations (``declared.building``)."""
