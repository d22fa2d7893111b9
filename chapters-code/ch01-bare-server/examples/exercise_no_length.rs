//! Exercise: the sentence without its length.

use std::error::Error;
use std::io::{Read, Write};

use ch01_bare_server::settings::Settings;

fn main() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_env()?;
    // ANCHOR: door
    let listener = settings.listen()?;
    let mut customers = Vec::new();
    for stream in listener.incoming() {
        let mut stream = stream?;
        let mut bytes = [0; 1024];
        let _ = stream.read(&mut bytes)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nThe shop is open.\n")?;
        customers.push(stream);
    }
    // ANCHOR_END: door
    Ok(())
}
