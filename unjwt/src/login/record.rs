//! The values of the records: short, binary, versioned, and without secrets.

use super::id::LoginId;
use super::revocation::{Epoch, Exception};
use super::rotation::Generations;
use crate::clock::NumericDate;

/// The first byte of every value. A value of another version is refused as a whole.
const VERSION: u8 = 1;

/// The maximum number of logins in a list.
pub(crate) const MAX_LISTED: usize = 64;

/// The maximum length of a label in bytes.
pub(crate) const MAX_LABEL: usize = 40;

/// The record of a login that ended. A login that lives has none, unless its session rotates.
pub(crate) const ENDED: &[u8] = &[VERSION, 1];

/// The second byte of the record of a login whose session rotates.
const ROTATES: u8 = 2;

/// A value that this version does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// The record of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoginRecord {
    Ended,
    Rotates(Generations),
}

impl LoginRecord {
    pub(crate) fn decode(value: Option<&[u8]>) -> Result<Option<Self>, Unreadable> {
        match value {
            None => Ok(None),
            Some(ENDED) => Ok(Some(Self::Ended)),
            Some(value) => Reader(value).generations().map(Self::Rotates).map(Some).ok_or(Unreadable),
        }
    }

    /// Returns the value of the record of a login whose session rotates.
    pub(crate) fn encode(generations: &Generations) -> Vec<u8> {
        let Generations { current, parent, floor, at } = generations;
        let mut value = vec![VERSION, ROTATES];
        for number in [current, parent, floor, at] {
            value.extend_from_slice(&number.to_be_bytes());
        }
        value
    }
}

/// Returns whether the record is that of a login that ended.
pub(crate) fn is_ended(value: Option<&[u8]>) -> Result<bool, Unreadable> {
    LoginRecord::decode(value).map(|record| record == Some(LoginRecord::Ended))
}

/// The record of a group, or of everyone: the epoch below which its logins have ended, and those that are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GroupRecord {
    pub(crate) epoch: Epoch,
    /// The epoch of everyone under which the listed logins began.
    pub(crate) everyone: u64,
    /// The logins in the order in which they began.
    pub(crate) logins: Vec<Listed>,
}

/// A login in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) id: LoginId,
    pub(crate) began: NumericDate,
    /// The last time that its lifetime moved, within the precision at which that is recorded.
    pub(crate) renewed: NumericDate,
    pub(crate) label: Box<str>,
}

impl GroupRecord {
    /// Returns the identifiers of the logins that are listed.
    pub(crate) fn ids(&self) -> Vec<LoginId> {
        self.logins.iter().map(|listed| listed.id).collect()
    }

    pub(crate) fn decode(value: Option<&[u8]>) -> Result<Self, Unreadable> {
        match value {
            None => Ok(Self::default()),
            Some(value) => Reader(value).record().ok_or(Unreadable),
        }
    }

    /// Returns the value. If the logins do not fit, the oldest are left out: they live on, unlisted.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut skip = self.logins.len().saturating_sub(MAX_LISTED);
        loop {
            let value = self.encode_from(skip);
            if value.len() <= unjwt_store::MAX_VALUE || skip >= self.logins.len() {
                return value;
            }
            skip += 1;
        }
    }

    fn encode_from(&self, skip: usize) -> Vec<u8> {
        let logins = self.logins.get(skip..).unwrap_or_default();
        let mut value = vec![VERSION, u8::from(self.epoch.except.is_some())];
        value.extend_from_slice(&self.epoch.epoch.to_be_bytes());
        if let Some(except) = &self.epoch.except {
            value.extend_from_slice(except.id.as_bytes());
            value.extend_from_slice(&except.under.to_be_bytes());
        }
        value.extend_from_slice(&self.everyone.to_be_bytes());
        // Never more than `MAX_LISTED`.
        value.push(logins.len() as u8);
        for Listed { id, began, renewed, label } in logins {
            let label = label.as_bytes().get(..MAX_LABEL).unwrap_or(label.as_bytes());
            value.extend_from_slice(id.as_bytes());
            let [_, _, _, began_bytes @ ..] = began.as_secs().to_be_bytes();
            value.extend_from_slice(&began_bytes);
            let since = renewed.as_secs().saturating_sub(began.as_secs());
            value.extend_from_slice(&u32::try_from(since).unwrap_or(u32::MAX).to_be_bytes());
            value.push(label.len() as u8);
            value.extend_from_slice(label);
        }
        value
    }
}

/// Takes a value apart; every step returns `None` at a value that is too short.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn record(mut self) -> Option<GroupRecord> {
        let [version, has_except] = self.take()?;
        if version != VERSION || has_except > 1 {
            return None;
        }
        let epoch = u64::from_be_bytes(self.take()?);
        let except = if has_except == 1 { Some(self.exception()?) } else { None };
        let everyone = u64::from_be_bytes(self.take()?);
        let [count] = self.take()?;
        let logins = (0..count).map(|_| self.listed()).collect::<Option<_>>()?;
        self.0.is_empty().then_some(GroupRecord { epoch: Epoch { epoch, except }, everyone, logins })
    }

    fn generations(mut self) -> Option<Generations> {
        if self.take()? != [VERSION, ROTATES] {
            return None;
        }
        let mut number = || self.take().map(u64::from_be_bytes);
        let generations =
            Generations { current: number()?, parent: number()?, floor: number()?, at: number()? };
        self.0.is_empty().then_some(generations)
    }

    fn exception(&mut self) -> Option<Exception> {
        Some(Exception { id: LoginId::from_bytes(self.take()?), under: u64::from_be_bytes(self.take()?) })
    }

    fn listed(&mut self) -> Option<Listed> {
        let id = LoginId::from_bytes(self.take()?);
        let [a, b, c, d, e] = self.take()?;
        let began = NumericDate::from_secs(u64::from_be_bytes([0, 0, 0, a, b, c, d, e]));
        let renewed = began.plus(u32::from_be_bytes(self.take()?).into());
        let [len] = self.take()?;
        let (label, rest) = self.0.split_at_checked(len.into())?;
        self.0 = rest;
        Some(Listed { id, began, renewed, label: std::str::from_utf8(label).ok()?.into() })
    }
}

/// Returns what a list shows of a label: no control characters, and at most [`MAX_LABEL`] bytes.
pub(crate) fn shortened(label: &str) -> Box<str> {
    let mut short = String::with_capacity(MAX_LABEL);
    for char in label.trim().chars().map(|char| if char.is_control() { ' ' } else { char }) {
        if short.len() + char.len_utf8() > MAX_LABEL {
            break;
        }
        short.push(char);
    }
    short.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(logins: usize, label: &str) -> GroupRecord {
        let listed = |at: usize| Listed {
            id: LoginId::random(),
            began: NumericDate::from_secs(1_700_000_000 + at as u64),
            renewed: NumericDate::from_secs(1_700_000_500 + at as u64),
            label: label.into(),
        };
        let except = Exception { id: LoginId::random(), under: 1_600_000_000_123 };
        let epoch = Epoch { epoch: 1_700_000_000_123, except: (logins % 2 == 1).then_some(except) };
        GroupRecord { epoch, everyone: 7, logins: (0..logins).map(listed).collect() }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        assert_eq!(GroupRecord::decode(None), Ok(GroupRecord::default()));
        for logins in [0, 1, 2, 63, MAX_LISTED] {
            let record = record(logins, "Firefox");
            assert_eq!(GroupRecord::decode(Some(&record.encode())), Ok(record));
        }
    }

    #[test]
    fn what_does_not_fit_is_the_oldest() {
        for (logins, label) in [(MAX_LISTED + 9, ""), (MAX_LISTED, &*"x".repeat(MAX_LABEL))] {
            let record = record(logins, label);
            let value = record.encode();
            assert!(value.len() <= unjwt_store::MAX_VALUE, "{}", value.len());
            let read = GroupRecord::decode(Some(&value)).unwrap();
            assert_eq!(read.epoch, record.epoch);
            assert!(read.logins.len() >= 60 && record.logins.ends_with(&read.logins));
        }
    }

    #[test]
    fn nothing_else_is_read() {
        let value = record(3, "Firefox").encode();
        for len in 0..value.len() {
            assert_eq!(GroupRecord::decode(Some(&value[..len])), Err(Unreadable), "{len}");
        }
        let longer = [&value[..], &[0]].concat();
        let newer = [&[2], &value[1..]].concat();
        for other in [longer, newer] {
            assert_eq!(GroupRecord::decode(Some(&other)), Err(Unreadable));
        }
        assert_eq!((is_ended(None), is_ended(Some(ENDED))), (Ok(false), Ok(true)));
        for other in [&[][..], &[1], &[2, 1], &[1, 2], &[1, 1, 0]] {
            assert_eq!(is_ended(Some(other)), Err(Unreadable));
        }
    }

    #[test]
    fn the_record_of_a_login_is_read_as_it_was_written() {
        let generations = Generations { current: 7, parent: 5, floor: 4, at: 1_700_000_000_123 };
        let value = LoginRecord::encode(&generations);
        assert_eq!(LoginRecord::decode(Some(&value)), Ok(Some(LoginRecord::Rotates(generations))));
        assert_eq!(LoginRecord::decode(Some(ENDED)), Ok(Some(LoginRecord::Ended)));
        assert_eq!(LoginRecord::decode(None), Ok(None));
        for len in 0..value.len() {
            assert_eq!(LoginRecord::decode(Some(&value[..len])), Err(Unreadable), "{len}");
        }
        assert_eq!(LoginRecord::decode(Some(&[&value[..], &[0]].concat())), Err(Unreadable));
        assert_eq!(is_ended(Some(&value)), Ok(false));
    }

    #[test]
    fn labels_are_short_and_plain() {
        assert_eq!(&*shortened("  Firefox\n on\tLinux "), "Firefox  on Linux");
        assert_eq!(shortened(&"é".repeat(30)).len(), MAX_LABEL);
        assert_eq!(shortened(&format!("{}é", "x".repeat(39))).len(), 39);
    }
}
