//! Chapter 4, functions.
