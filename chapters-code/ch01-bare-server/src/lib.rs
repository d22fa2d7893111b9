//! Chapter 1: a bare server.
