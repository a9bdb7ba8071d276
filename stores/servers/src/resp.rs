//! One command to a server of Redis, for the tests' own doing.

use std::io::{BufRead as _, BufReader, Read as _, Result, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// Sends a command over a connection of its own and returns the reply. The elements of an array are lines; an error
/// begins with `-`.
pub(crate) fn command(port: u16, words: &[impl AsRef<[u8]>]) -> Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut request = format!("*{}\r\n", words.len()).into_bytes();
    for word in words.iter().map(AsRef::as_ref) {
        request.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        request.extend_from_slice(word);
        request.extend_from_slice(b"\r\n");
    }
    stream.write_all(&request)?;
    let mut text = String::new();
    reply(&mut BufReader::new(stream), &mut text)?;
    text.truncate(text.trim_end().len());
    Ok(text)
}

fn reply(stream: &mut BufReader<TcpStream>, text: &mut String) -> Result<()> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let line = line.trim_end();
    let (kind, rest) = line.split_at_checked(1).ok_or(std::io::ErrorKind::UnexpectedEof)?;
    match (kind, rest.parse::<usize>()) {
        ("$", Ok(length)) => {
            let mut bytes = vec![0; length + 2];
            stream.read_exact(&mut bytes)?;
            text.push_str(&String::from_utf8_lossy(bytes.get(..length).unwrap_or_default()));
            text.push('\n');
        }
        ("*", Ok(length)) => (0..length).try_for_each(|_| reply(stream, text))?,
        ("$" | "*", Err(_)) => text.push_str("(nil)\n"),
        ("-", _) => text.push_str(&format!("{line}\n")),
        _ => text.push_str(&format!("{rest}\n")),
    }
    Ok(())
}
