//! Changes to a valid token, as an input names them.

/// Applies changes of four bytes each: what to do, where (two bytes), and a byte to do it with. `others` are the
/// tokens from which parts are taken.
pub fn apply(token: &str, changes: &[u8], others: &[String]) -> Vec<u8> {
    let mut bytes = token.as_bytes().to_vec();
    for change in changes.chunks_exact(4) {
        let &[what, high, low, byte] = change else { break };
        if bytes.is_empty() {
            break;
        }
        let at = usize::from(u16::from_be_bytes([high, low])) % bytes.len();
        match what % 9 {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            2 => drop(bytes.remove(at)),
            3 => bytes.truncate(at),
            4 => bytes[at] ^= 1 << (byte % 8),
            5 => {
                let other = usize::from(byte) % bytes.len();
                bytes.swap(at, other);
            }
            // From here to as many bytes further: twice, or not at all.
            6 => {
                let end = bytes.len().min(at + usize::from(byte));
                bytes.extend_from_within(at..end);
            }
            7 => drop(bytes.drain(at..bytes.len().min(at + usize::from(byte)))),
            _ => bytes = graft(&bytes, at, others.get(usize::from(byte) % others.len().max(1))),
        }
    }
    bytes
}

/// The token with one segment of another.
fn graft(bytes: &[u8], segment: usize, other: Option<&String>) -> Vec<u8> {
    let mut segments: Vec<&[u8]> = bytes.split(|byte| *byte == b'.').collect();
    let others: Vec<&[u8]> =
        other.map(|other| other.as_bytes().split(|byte| *byte == b'.').collect()).unwrap_or_default();
    let at = segment % segments.len().max(1);
    if let (Some(segment), Some(other)) = (segments.get_mut(at), others.get(at)) {
        *segment = other;
    }
    segments.join(&b'.')
}
