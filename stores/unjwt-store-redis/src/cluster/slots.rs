//! The nodes of the slots.

use std::sync::Arc;

use redis::Value;

/// The host and port of a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Address {
    pub(crate) host: Arc<str>,
    pub(crate) port: u16,
}

impl Address {
    pub(crate) fn new(host: &str, port: u16) -> Self {
        Self { host: host.into(), port }
    }

    /// Parses what stands behind `MOVED 1234 `, by which a node without a host of its own means the host that was asked.
    pub(crate) fn parse(text: &str, asked: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        Some(Self::new(if host.is_empty() { asked } else { host }, port.parse().ok()?))
    }
}

/// The primaries by the ranges of their slots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slots(Vec<Range>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Range {
    first: u16,
    last: u16,
    primary: Address,
}

impl Slots {
    /// Reads the reply to `CLUSTER SLOTS` of the node with this host. `None` if it is malformed or has no slots.
    pub(crate) fn parse(reply: &Value, asked: &str) -> Option<Self> {
        let Value::Array(ranges) = reply else { return None };
        let ranges: Option<Vec<_>> = ranges.iter().map(|range| Range::parse(range, asked)).collect();
        let mut ranges = ranges.filter(|ranges| !ranges.is_empty())?;
        ranges.sort_by_key(|range| range.first);
        Some(Self(ranges))
    }

    /// Returns the primary of a slot. `None` if no node has it.
    pub(crate) fn primary(&self, slot: u16) -> Option<&Address> {
        let after = self.0.partition_point(|range| range.first <= slot);
        let range = self.0.get(after.checked_sub(1)?)?;
        (slot <= range.last).then_some(&range.primary)
    }

    /// Returns the primaries, each once.
    pub(crate) fn primaries(&self) -> Vec<Address> {
        let mut primaries: Vec<_> = self.0.iter().map(|range| range.primary.clone()).collect();
        primaries.sort();
        primaries.dedup();
        primaries
    }
}

impl Range {
    fn parse(range: &Value, asked: &str) -> Option<Self> {
        let Value::Array(range) = range else { return None };
        let [Value::Int(first), Value::Int(last), Value::Array(primary), ..] = range.as_slice() else {
            return None;
        };
        let [host, Value::Int(port), ..] = primary.as_slice() else { return None };
        let host = match host {
            Value::BulkString(host) => std::str::from_utf8(host).ok()?,
            Value::SimpleString(host) => host,
            Value::Nil => "",
            _ => return None,
        };
        // Without a host of its own, which some nodes write as `?`, the node means the one that was asked.
        let host = if host.is_empty() || host == "?" { asked } else { host };
        let primary = Address::new(host, u16::try_from(*port).ok()?);
        Some(Self { first: u16::try_from(*first).ok()?, last: u16::try_from(*last).ok()?, primary })
    }
}

/// Returns the slot of a key: of its first part in braces, if it has one.
pub(crate) fn slot(key: &[u8]) -> u16 {
    let tag = key.iter().position(|byte| *byte == b'{').and_then(|open| {
        let rest = key.get(open + 1..)?;
        let close = rest.iter().position(|byte| *byte == b'}')?;
        rest.get(..close).filter(|tag| !tag.is_empty())
    });
    crc16(tag.unwrap_or(key)) % 16_384
}

/// CRC-16/XMODEM, as the cluster's specification has it.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(slot(b"{user1000}.following"), slot(b"{user1000}.followers"));
        assert_eq!(slot(b"foo{{bar}}zap"), crc16(b"{bar") % 16_384);
        assert_eq!(slot(b"foo{bar}{zap}"), crc16(b"bar") % 16_384);
        assert_eq!(slot(b"foo{}{bar}"), crc16(b"foo{}{bar}") % 16_384);
        assert_eq!(slot(b"foo{bar"), crc16(b"foo{bar") % 16_384);
    }

    fn node(host: Value, port: i64) -> Value {
        Value::Array(vec![host, Value::Int(port), Value::BulkString(b"id".to_vec())])
    }

    fn range(first: i64, last: i64, primary: Value) -> Value {
        Value::Array(vec![Value::Int(first), Value::Int(last), primary, node(Value::Nil, 1)])
    }

    #[test]
    fn a_slot_is_found_in_its_range() {
        let text = |host: &str| Value::BulkString(host.as_bytes().to_vec());
        let reply = Value::Array(vec![
            range(10_923, 16_383, node(text("c"), 3)),
            range(0, 5460, node(Value::Nil, 1)),
            range(5462, 10_922, node(text("?"), 2)),
        ]);
        let slots = Slots::parse(&reply, "asked").unwrap();
        assert_eq!(slots.primary(0), Some(&Address::new("asked", 1)));
        assert_eq!(slots.primary(5460), Some(&Address::new("asked", 1)));
        assert_eq!(slots.primary(5461), None);
        assert_eq!(slots.primary(5462), Some(&Address::new("asked", 2)));
        assert_eq!(slots.primary(16_383), Some(&Address::new("c", 3)));
        assert_eq!(slots.primary(16_384), None);
        assert_eq!(slots.primaries().len(), 3);
    }

    #[test]
    fn a_malformed_reply_is_none() {
        let host = || Value::BulkString(b"h".to_vec());
        for reply in [
            Value::Nil,
            Value::Array(Vec::new()),
            Value::Array(vec![Value::Int(1)]),
            Value::Array(vec![range(-1, 5, node(host(), 1))]),
            Value::Array(vec![range(0, 70_000, node(host(), 1))]),
            Value::Array(vec![range(0, 5, node(host(), 70_000))]),
            Value::Array(vec![range(0, 5, node(Value::BulkString(vec![0xff]), 1))]),
            Value::Array(vec![range(0, 5, Value::Array(Vec::new()))]),
        ] {
            assert_eq!(Slots::parse(&reply, "asked"), None, "{reply:?}");
        }
    }

    #[test]
    fn the_address_of_a_redirection_is_parsed() {
        assert_eq!(Address::parse("10.0.0.1:6379", "asked"), Some(Address::new("10.0.0.1", 6379)));
        assert_eq!(Address::parse("::1:6379", "asked"), Some(Address::new("::1", 6379)));
        assert_eq!(Address::parse("[::1]:6379", "asked"), Some(Address::new("::1", 6379)));
        assert_eq!(Address::parse(":6379", "asked"), Some(Address::new("asked", 6379)));
        for text in ["", "host", "host:", "host:99999", "host:x"] {
            assert_eq!(Address::parse(text, "asked"), None, "{text}");
        }
    }
}
