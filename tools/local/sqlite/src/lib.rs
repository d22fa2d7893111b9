//! Version 0.40 of `libsqlite3-sys`, under the name of version 0.34; the manifest says
//! why.

pub use sqlite::*;
