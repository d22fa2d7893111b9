-- So that a page of the list costs what is on it, and not what is in the shop.
CREATE INDEX pets_by_species ON pets (species, id);
CREATE INDEX pets_available ON pets (id) WHERE customer IS NULL;
CREATE INDEX pets_available_by_species ON pets (species, id) WHERE customer IS NULL;
CREATE INDEX answers_by_age ON answers (at);
