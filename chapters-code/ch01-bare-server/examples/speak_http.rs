//! Step: the sentence in the form that clients expect, for one customer after the
//! other.

use std::error::Error;
use std::io::{Read, Write};

use ch01_bare_server::settings::Settings;

fn main() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_env()?;
    settings.write_pid()?;
    // ANCHOR: door
    let listener = settings.listen()?;
    for stream in listener.incoming() {
        let mut stream = stream?;
        let mut bytes = [0; 1024];
        let length = stream.read(&mut bytes)?;
        println!("{}", String::from_utf8_lossy(&bytes[..length]).trim_end());
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\nThe shop is open.\n")?;
    }
    // ANCHOR_END: door
    Ok(())
}
