//! The engine against small books: for each rule a page that breaks it, with the exact message, and one that keeps it.
#![allow(missing_docs, reason = "tests are named as sentences")]

mod build;
mod damage;
mod fixture;
mod rules;
mod speed;
