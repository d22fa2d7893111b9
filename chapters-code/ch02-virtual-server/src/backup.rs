//! Copies of the database.
