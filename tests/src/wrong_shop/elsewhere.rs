//! A database elsewhere that the shop asks after each write, and of which it needs nothing. Whoever stands between the two sees that
//! something was written.

use std::env;
use std::io::{self, Read, Write};
use std::net::TcpStream;

/// Asks the database that the environment names, if it names one, and waits for the answer.
pub fn ask() -> io::Result<()> {
    let Ok(url) = env::var("AWS_ENDPOINT_URL_DYNAMODB") else {
        return Ok(());
    };
    let address = url.trim_start_matches("http://");
    let mut database = TcpStream::connect(address)?;
    write!(
        database,
        "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    database.read_to_end(&mut Vec::new()).map(drop)
}
