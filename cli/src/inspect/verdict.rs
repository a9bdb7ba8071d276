//! The facts about a token: its parts, and whether a key opened it.

use unjwt::NumericDate;

use super::opening::{self, Keys};
use super::source::{Origin, Source};
use super::token::Token;
use crate::json::{Json, Members};

/// The verdict of the keys.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Signed, and there was no key.
    NotVerified,
    /// Encrypted, and there was no key.
    Encrypted,
    Verified,
    Decrypted,
    Refused(String),
}

/// The content of a token.
#[derive(Debug)]
pub(super) enum Content {
    Claims(Members),
    /// The number of bytes that are not claims.
    Other(usize),
    Unknown,
}

/// A token, and what is known of it.
#[derive(Debug)]
pub(super) struct Inspected {
    pub(super) origin: Origin,
    pub(super) token: Option<Token>,
    pub(super) content: Content,
    pub(super) verdict: Verdict,
    /// The id of the key that opened it.
    pub(super) kid: Option<String>,
    pub(super) expired: bool,
    pub(super) not_yet_valid: bool,
}

impl Inspected {
    pub(super) fn of(source: Source, keys: Option<&Keys>, now: NumericDate) -> Self {
        let mut inspected = Self {
            origin: source.origin,
            token: None,
            content: Content::Unknown,
            verdict: Verdict::NotVerified,
            kid: None,
            expired: false,
            not_yet_valid: false,
        };
        let read = source.token.and_then(|text| Token::read(&text).map(|token| (text, token)));
        let (text, token) = match read {
            Ok(read) => read,
            Err(reason) => {
                inspected.verdict = Verdict::Refused(reason);
                return inspected;
            }
        };
        inspected.content = token.payload.as_deref().map_or(Content::Unknown, content);
        match keys.map(|keys| keys.open(&text, &token, now)) {
            None if token.payload.is_none() => inspected.verdict = Verdict::Encrypted,
            None => {}
            Some(Err(reason)) => inspected.verdict = Verdict::Refused(reason),
            Some(Ok(opened)) => {
                inspected.content = content(&opened.content);
                inspected.kid = opened.kid;
                inspected.verdict = match opened.retired {
                    Some(at) => Verdict::Refused(opening::retired(at, now)),
                    None if token.payload.is_some() => Verdict::Verified,
                    None => Verdict::Decrypted,
                };
            }
        }
        if let Content::Claims(claims) = &inspected.content {
            inspected.expired = seconds(claims.get("exp")).is_some_and(|exp| exp <= now);
            inspected.not_yet_valid = seconds(claims.get("nbf")).is_some_and(|nbf| nbf > now);
        }
        inspected.token = Some(token);
        inspected
    }

    /// Returns whether the answer is no: malformed, or with keys refused or out of its time.
    pub(super) fn is_no(&self, has_keys: bool) -> bool {
        matches!(self.verdict, Verdict::Refused(_)) || has_keys && (self.expired || self.not_yet_valid)
    }
}

fn content(bytes: &[u8]) -> Content {
    Members::parse(bytes).map_or(Content::Other(bytes.len()), Content::Claims)
}

/// Returns the date of a claim; a fraction of a second is dropped.
pub(super) fn seconds(claim: Option<&Json>) -> Option<NumericDate> {
    match claim {
        Some(Json::Whole(seconds)) => Some(NumericDate::from_secs(*seconds)),
        Some(Json::Negative(_)) => Some(NumericDate::from_secs(0)),
        // The cast saturates.
        Some(Json::Float(seconds)) => Some(NumericDate::from_secs(*seconds as u64)),
        _ => None,
    }
}
