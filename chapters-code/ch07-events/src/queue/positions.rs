//! How far those who read a stream are.

use rusqlite::OptionalExtension;

use super::Queues;
use super::file::Result;

impl Queues {
    /// How far a mapping has read a shard of its stream.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn position(&self, mapping: &str, shard: &str) -> Result<Option<String>> {
        self.0.read(|rows| {
            let sql = "SELECT sequence FROM positions WHERE mapping = ?1 AND shard = ?2";
            rows.query_row(sql, [mapping, shard], |row| row.get(0))
                .optional()
        })
    }

    /// Takes note of it.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn set_position(&self, mapping: &str, shard: &str, sequence: &str) -> Result<()> {
        self.0.change(|rows| {
            let sql = "INSERT OR REPLACE INTO positions VALUES (?1, ?2, ?3)";
            rows.execute(sql, [mapping, shard, sequence]).map(drop)
        })
    }
}
