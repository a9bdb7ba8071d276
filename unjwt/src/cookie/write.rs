//! `Set-Cookie` lines (RFC 6265 §4.1) for a token, whole or in chunks, and for its removal.

use http::HeaderValue;
use unjwt_rules::cookie::LINE_LIMIT;

use super::CHUNK_MARKER;
use super::attributes::{Attributes, Suffix};
use crate::clock::NumericDate;
use crate::error::{Error, ErrorKind};
use crate::spec::CookieSpec;

/// Chromium's limit in bytes for one site's partitioned cookies within a partition, names and values
/// together. Beyond it a chunk would be evicted, and the session lost.
const PARTITION_LIMIT: usize = 10_240;

/// The writer of one session's cookies.
#[derive(Clone, Debug)]
pub(crate) struct CookieWriter {
    name: String,
    attributes: Attributes,
    own_max_age: Option<u64>,
    chunk_max_length: usize,
    max_chunks: usize,
    partitioned: bool,
}

impl CookieWriter {
    pub(crate) fn new(name: &str, spec: &CookieSpec, attributes: Attributes) -> Self {
        Self {
            name: name.to_owned(),
            attributes,
            own_max_age: spec.max_age,
            chunk_max_length: spec.chunk_max_length,
            max_chunks: spec.max_chunks,
            partitioned: spec.partitioned,
        }
    }

    /// Returns the name of the cookie, or of the first of its chunks.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether the cookie is sent to every path.
    #[cfg(feature = "dbsc")]
    pub(crate) fn is_of_every_path(&self) -> bool {
        self.attributes.is_of_every_path()
    }

    /// Returns the attributes but for the cookie's end, such as `Path=/; Secure`.
    #[cfg(feature = "dbsc")]
    pub(crate) fn attributes(&self) -> &str {
        self.attributes.as_str()
    }

    /// Returns the lines that store the token in the client's cookies and remove superfluous chunks that the
    /// client holds.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooLarge`] if the token needs more than `max_chunks` chunks, or more space than browsers
    /// provide in a partition.
    pub(crate) fn set(
        &self,
        token: &str,
        expires_at: Option<NumericDate>,
        now: NumericDate,
        held_chunks: &[usize],
    ) -> Result<Vec<HeaderValue>, Error> {
        let expires_at = match self.own_max_age {
            Some(max_age) => Some(now.plus(max_age)),
            None => expires_at,
        };
        self.set_until(token, expires_at, now, held_chunks)
    }

    /// Does the same as [`set`](Self::set), but with this end instead of the attribute's; without one, the
    /// cookies end with the browser session.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set).
    pub(crate) fn set_until(
        &self,
        token: &str,
        expires_at: Option<NumericDate>,
        now: NumericDate,
        held_chunks: &[usize],
    ) -> Result<Vec<HeaderValue>, Error> {
        let suffix = self.attributes.until(expires_at, now);
        let chunks = self.split(token, &suffix)?;
        let mut lines = Vec::with_capacity(chunks.len() + 1 + held_chunks.len());
        if chunks.is_empty() {
            lines.push(line(&self.name, token, &suffix)?);
        } else {
            lines.push(line(&self.name, &format!("{CHUNK_MARKER}{}", chunks.len()), &suffix)?);
            for (index, chunk) in chunks.iter().enumerate() {
                lines.push(line(&format!("{}.{}", self.name, index + 1), chunk, &suffix)?);
            }
        }
        let written = chunks.len();
        self.remove_chunks(held_chunks.iter().copied().filter(|number| *number > written), &mut lines)?;
        Ok(lines)
    }

    /// Returns the lines that remove the session's cookie and every chunk that the client holds.
    pub(crate) fn remove(&self, held_chunks: &[usize]) -> Result<Vec<HeaderValue>, Error> {
        let mut lines = vec![line(&self.name, "", &self.attributes.expired())?];
        self.remove_chunks(held_chunks.iter().copied(), &mut lines)?;
        Ok(lines)
    }

    fn remove_chunks(
        &self,
        numbers: impl Iterator<Item = usize>,
        lines: &mut Vec<HeaderValue>,
    ) -> Result<(), Error> {
        for number in numbers {
            lines.push(line(&format!("{}.{number}", self.name), "", &self.attributes.expired())?);
        }
        Ok(())
    }

    /// Returns the chunks of a token; empty if it fits one cookie.
    fn split<'t>(&self, token: &'t str, suffix: &Suffix<'_>) -> Result<Vec<&'t str>, Error> {
        let room = |name_len: usize| {
            LINE_LIMIT.saturating_sub(name_len + 1 + suffix.len()).min(self.chunk_max_length)
        };
        if token.len() <= room(self.name.len()) {
            return Ok(Vec::new());
        }
        // The dot and the digits of the largest chunk number.
        let number_len = 1 + self.max_chunks.to_string().len();
        let room = room(self.name.len() + number_len).max(1);
        let count = token.len().div_ceil(room);
        if count > self.max_chunks {
            return Err(Error::new(
                ErrorKind::TooLarge,
                "raise `cookie(max_chunks)` or keep less in the session",
            ));
        }
        // The overhead: each cookie's name, and the marker in the main cookie.
        let around = (count + 1) * (self.name.len() + number_len) + CHUNK_MARKER.len();
        if self.partitioned && token.len() + around > PARTITION_LIMIT {
            return Err(Error::new(
                ErrorKind::TooLarge,
                "browsers keep 10 KiB of partitioned cookies: keep less in the session",
            ));
        }
        let mut rest = token;
        let mut chunks = Vec::with_capacity(count);
        while let Some((chunk, tail)) = rest.split_at_checked(room) {
            chunks.push(chunk);
            rest = tail;
        }
        if !rest.is_empty() {
            chunks.push(rest);
        }
        Ok(chunks)
    }

    /// Returns the `Cookie` header of a client that holds this token.
    pub(crate) fn request_header(&self, token: &str, now: NumericDate) -> Result<HeaderValue, Error> {
        let lines = self.set(token, None, now, &[])?;
        let pairs: Vec<&str> =
            lines.iter().filter_map(|line| line.to_str().ok()?.split(';').next()).collect();
        to_header(pairs.join("; "))
    }
}

fn line(name: &str, value: &str, suffix: &Suffix<'_>) -> Result<HeaderValue, Error> {
    let mut line = String::with_capacity(name.len() + 1 + value.len() + suffix.len());
    line.push_str(name);
    line.push('=');
    line.push_str(value);
    suffix.append_to(&mut line);
    to_header(line)
}

/// Creates a header value that is marked as sensitive, since anyone who reads it can use the session: `Debug`
/// does not show it in logs of headers, and HTTP/2 does not index it for compression (RFC 7541 §7.1.3).
fn to_header(text: String) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::try_from(text)
        .map_err(|_| Error::new(ErrorKind::Unserializable, "not a header value"))?;
    value.set_sensitive(true);
    Ok(value)
}
