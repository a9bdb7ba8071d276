//! The form of a stored record: one string of a format byte, eight bytes of its version, and the value.

use redis::{Cmd, Script, Value, cmd};
use unjwt_store::{Entry, MAX_VALUE, UnixTime, Version};

use crate::error::Failure;

/// The first byte. Another one is refused, so that a later format cannot be mistaken for this one.
const FORMAT: u8 = 1;

/// The length of what comes before the value.
const HEADER: usize = 9;

/// The script of a swap.
///
/// `KEYS[1]`: the record. `ARGV`: the header that must be there, empty for none; the new record; its end in seconds;
/// the channel; the message. The message is sent even where the user may not publish, as far as the swap is concerned:
/// it is a hint, and an error after `SET` would say that nothing was written.
const SWAP: &str = r#"
local header = redis.call('GETRANGE', KEYS[1], 0, 8)
if header ~= '' and (#header < 9 or string.byte(header) ~= 1) then
  return redis.error_reply('FOREIGN the key holds a value that this store did not write')
end
if header ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'EXAT', ARGV[3])
redis.pcall('PUBLISH', ARGV[4], ARGV[5])
return 1
"#;

/// The script of a swap, and its hash.
pub(crate) struct Swap {
    script: Script,
}

/// The subject of a swap.
pub(crate) struct SwapOf<'a> {
    pub(crate) key: &'a [u8],
    pub(crate) was: Option<Version>,
    pub(crate) value: &'a [u8],
    pub(crate) until: UnixTime,
    pub(crate) channel: &'a [u8],
    pub(crate) message: &'a str,
}

impl Swap {
    pub(crate) fn new() -> Self {
        Self { script: Script::new(SWAP) }
    }

    /// Returns the command by the script's hash, and the one with its text, for a server that does not know it yet.
    ///
    /// The version is random, and so is never that of another swap: a counter would start again after its record has
    /// expired, and go back in a fail-over that loses writes.
    pub(crate) fn commands(&self, of: &SwapOf<'_>) -> Result<[Cmd; 2], Failure> {
        if of.value.len() > MAX_VALUE {
            let length = of.value.len();
            return Err(Failure::Wrong(format!("the value has {length} bytes, more than {MAX_VALUE}")));
        }
        let version = getrandom::u64()
            .map_err(|error| Failure::Wrong(format!("the system has no random numbers: {error}")))?;
        let mut record = header(Version::new(version)).to_vec();
        record.extend_from_slice(of.value);
        let was = of.was.map(header);
        // 0 is not a time to the server.
        let until = of.until.as_secs().max(1);
        Ok([("EVALSHA", self.script.get_hash()), ("EVAL", SWAP)].map(|(name, script)| {
            let mut command = cmd(name);
            command.arg(script).arg(1).arg(of.key).arg(was.as_ref().map_or(&[][..], |was| was));
            command.arg(&record).arg(until).arg(of.channel).arg(of.message);
            command
        }))
    }

    /// Returns whether a swap was done.
    pub(crate) fn reply(reply: &Value) -> Result<bool, Failure> {
        match reply {
            Value::Int(1) => Ok(true),
            Value::Int(0) => Ok(false),
            Value::ServerError(error) => Err(Failure::refused(error)),
            _ => Err(Failure::Wrong("the server answers a swap with something else than 0 or 1".to_owned())),
        }
    }
}

/// Returns the command that reads a record. It transfers at most one byte more than a record has, whatever is stored.
/// Unlike `MGET` it reports a key that is not a string, so that this is never taken for an absent record.
pub(crate) fn load(key: &[u8]) -> Cmd {
    let mut command = cmd("GETRANGE");
    command.arg(key).arg(0).arg(HEADER + MAX_VALUE);
    command
}

/// Reads the reply to [`load`].
pub(crate) fn entry(reply: Value) -> Result<Option<Entry>, Failure> {
    let bytes = match reply {
        Value::BulkString(bytes) => bytes,
        // What some compatible servers answer for an absent key.
        Value::Nil => return Ok(None),
        Value::ServerError(error) => return Err(Failure::refused(&error)),
        _ => {
            return Err(Failure::Wrong(
                "the server answers a read with something else than bytes".to_owned(),
            ));
        }
    };
    match bytes.split_first_chunk() {
        None if bytes.is_empty() => Ok(None),
        Some(([FORMAT, a, b, c, d, e, f, g, h], value)) if value.len() <= MAX_VALUE => {
            let version = Version::new(u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]));
            Ok(Some(Entry { value: value.to_vec(), version }))
        }
        Some(_) | None => {
            Err(Failure::Wrong("the key of a record holds a value that this store did not write".to_owned()))
        }
    }
}

fn header(version: Version) -> [u8; HEADER] {
    let [a, b, c, d, e, f, g, h] = version.get().to_be_bytes();
    [FORMAT, a, b, c, d, e, f, g, h]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Option<Entry>, Failure> {
        entry(Value::BulkString(bytes.to_vec()))
    }

    #[test]
    fn a_record_is_read_as_it_is_written() {
        let version = Version::new(0x0102_0304_0506_0708);
        for value in [&b""[..], b"value", &[0xff; MAX_VALUE]] {
            let record = [&header(version), value].concat();
            assert_eq!(read(&record).unwrap(), Some(Entry { value: value.to_vec(), version }));
        }
        assert_eq!(read(b"").unwrap(), None);
    }

    #[test]
    fn what_is_no_record_is_refused() {
        let long = [&[FORMAT][..], &[0; 8 + MAX_VALUE + 1]].concat();
        for bytes in [&b"x"[..], &[FORMAT], &[FORMAT; 8], b"2345678901", &[0; 9], &long] {
            assert!(read(bytes).is_err(), "{} bytes", bytes.len());
        }
        for reply in [Value::Int(1), Value::Okay, Value::Array(Vec::new())] {
            assert!(entry(reply.clone()).is_err() && Swap::reply(&Value::Nil).is_err(), "{reply:?}");
        }
    }

    #[test]
    fn every_swap_has_a_version_of_its_own() {
        let swap = Swap::new();
        let of = || SwapOf {
            key: b"key",
            was: None,
            value: b"same",
            until: UnixTime::from_secs(9),
            channel: b"c",
            message: "m",
        };
        let packed = |commands: [Cmd; 2]| commands.map(|command| command.get_packed_command());
        assert_ne!(packed(swap.commands(&of()).unwrap()), packed(swap.commands(&of()).unwrap()));
        assert!(swap.commands(&SwapOf { value: &[0; MAX_VALUE + 1], ..of() }).is_err());
    }
}
