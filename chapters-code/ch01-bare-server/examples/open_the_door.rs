//! Step: one customer, one sentence.

use std::error::Error;
use std::io::{Read, Write};

use ch01_bare_server::settings::Settings;

fn main() -> Result<(), Box<dyn Error>> {
    let settings = Settings::from_env()?;
    // ANCHOR: door
    let listener = settings.listen()?;
    let (mut stream, _address) = listener.accept()?;
    let mut bytes = [0; 1024];
    let length = stream.read(&mut bytes)?;
    println!("{}", String::from_utf8_lossy(&bytes[..length]).trim_end());
    stream.write_all(b"The shop is open.\n")?;
    // ANCHOR_END: door
    Ok(())
}
