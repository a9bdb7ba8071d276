//! What the attribute says, as constants.

use unjwt_rules::cookie::Prefix;

use crate::alg::{Enc, JweAlg, JwsAlg};

/// Everything that `#[session(..)]` fixes when the struct compiles.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// The struct's name, for messages.
    pub type_name: &'static str,
    /// The cookie's name.
    pub name: &'static str,
    /// The protected header's `typ`.
    pub typ: &'static str,
    /// Encrypted or signed, and the pinned algorithms.
    pub protection: Protection,
    /// This service only reads.
    pub read_only: bool,
    /// The lifetime in seconds.
    pub max_age: Option<u64>,
    /// What moves `exp` forward.
    pub extend: Extend,
    /// The cookie; `None` neither writes nor reads one.
    pub cookie: Option<CookieSpec>,
    /// The header to read, in lower case; `None` reads none.
    pub header: Option<&'static str>,
    /// The enabled sources in the order in which they are tried.
    pub sources: &'static [TokenSource],
    /// Claims written and checked.
    pub policy: PolicySpec,
    /// How the struct's members lie beside the registered claims.
    pub mapping: ClaimMapping,
    /// A function makes a member that the payload lacks (`#[serde(default = "..")]`), and may make another one the next
    /// time: one reading must do for a whole request.
    pub fresh_members: bool,
    /// The names of the struct's members on the wire, as far as the attributes tell.
    pub members: &'static [&'static str],
    /// A cookie that another origin sends along is refused where the request may change something.
    pub csrf: bool,
    /// What is written can be read: every field's type proves it, and no attribute of serde's but a `rename` for both
    /// directions stands on them. True as long as serde derived both.
    pub symmetric: bool,
    /// Where the fields of a symmetric struct lie in it, and how large they are.
    pub layout: &'static [(usize, usize)],
}

/// The family of tokens, with what is pinned.
#[derive(Clone, Copy, Debug)]
pub enum Protection {
    /// A JWS.
    Jws {
        /// The pinned `alg`.
        alg: Option<JwsAlg>,
    },
    /// A JWE.
    Jwe {
        /// The pinned `alg`.
        alg: Option<JweAlg>,
        /// The pinned `enc`.
        enc: Option<Enc>,
    },
}

/// Which writes move `exp` forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extend {
    /// Every write.
    Update,
    /// `replace` and `rotate`; an update keeps `jti`, `iat` and `exp`.
    Rotate,
}

/// Where a token may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenSource {
    /// The session's cookie.
    Cookie,
    /// The session's header.
    Header,
}

/// The cookie's attributes.
#[derive(Clone, Copy, Debug)]
pub struct CookieSpec {
    /// `Path`.
    pub path: &'static str,
    /// `Domain`.
    pub domain: Option<&'static str>,
    /// `Secure`.
    pub secure: bool,
    /// `HttpOnly`.
    pub http_only: bool,
    /// `SameSite`; `None` writes none.
    pub same_site: Option<SameSite>,
    /// `Partitioned`.
    pub partitioned: bool,
    /// The cookie's own lifetime in seconds, where it differs from the token's.
    pub max_age: Option<u64>,
    /// The most characters of a token in one cookie.
    pub chunk_max_length: usize,
    /// The most chunks.
    pub max_chunks: usize,
}

/// `SameSite`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// `Strict`.
    Strict,
    /// `Lax`.
    Lax,
    /// `None`.
    None,
}

/// Claims that the attribute declares.
#[derive(Clone, Copy, Debug)]
pub struct PolicySpec {
    /// `iss`.
    pub issuer: Option<&'static str>,
    /// `aud`; a token must name one of them. Empty: not written and not checked.
    pub audience: &'static [&'static str],
    /// `sub`.
    pub subject: Option<&'static str>,
    /// Seconds by which clocks may differ.
    pub clock_tolerance: u64,
    /// Claims without which a token is refused.
    pub required_claims: &'static [&'static str],
}

/// How the struct is written beside the registered claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimMapping {
    /// The attributes tell every member's name.
    Direct,
    /// The data may choose names (`flatten`): a registered claim among them is refused.
    Filtered,
}

/// Which hooks a session has.
#[derive(Clone, Copy, Debug, Default)]
pub struct HookSet {
    /// `on_read`.
    pub on_read: bool,
    /// `on_update`.
    pub on_update: bool,
    /// `on_clear`.
    pub on_clear: bool,
    /// `on_expire`.
    pub on_expire: bool,
    /// `on_error`.
    pub on_error: bool,
    /// `renew`.
    pub renew: bool,
    /// `key_lookup`.
    pub key_lookup: bool,
}

impl HookSet {
    /// No hook.
    pub const NONE: Self = Self {
        on_read: false,
        on_update: false,
        on_clear: false,
        on_expire: false,
        on_error: false,
        renew: false,
        key_lookup: false,
    };

    /// Whether there is any hook.
    pub const fn any(self) -> bool {
        self.on_read
            || self.on_update
            || self.on_clear
            || self.on_expire
            || self.on_error
            || self.renew
            || self.key_lookup
    }
}

impl Spec {
    /// Whether the two sessions would read each other's cookies: equal names, or one is a chunk of the other.
    pub const fn cookies_clash(&self, other: &Self) -> bool {
        if self.cookie.is_none() || other.cookie.is_none() {
            return false;
        }
        let (a, b) = (self.name.as_bytes(), other.name.as_bytes());
        bytes_equal(a, b, false) || is_chunk_of(a, b) || is_chunk_of(b, a)
    }

    /// Whether the session sets a cookie, and its name allows a `Domain`.
    pub(crate) fn may_have_domain(&self) -> bool {
        let is_of_one_host = Prefix::of(self.name).is_some_and(Prefix::is_of_one_host);
        self.cookie.is_some() && !self.read_only && !is_of_one_host
    }

    /// Whether the origin of a request matters: only cookies come by themselves.
    pub(crate) const fn checks_origins(&self) -> bool {
        self.csrf && self.cookie.is_some()
    }

    /// Whether the two sessions read one header.
    pub const fn headers_clash(&self, other: &Self) -> bool {
        match (self.header, other.header) {
            (Some(a), Some(b)) => bytes_equal(a.as_bytes(), b.as_bytes(), true),
            _ => false,
        }
    }
}

#[allow(clippy::indexing_slicing)] // Slices have no other access in a `const fn`; the bound is the loop's.
const fn bytes_equal(a: &[u8], b: &[u8], ignore_case: bool) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        let equal = if ignore_case { a[i].eq_ignore_ascii_case(&b[i]) } else { a[i] == b[i] };
        if !equal {
            return false;
        }
        i += 1;
    }
    true
}

/// Whether `chunk` is `base.<digits>`.
#[allow(clippy::indexing_slicing)] // As above; every index is below `chunk.len()`.
const fn is_chunk_of(chunk: &[u8], base: &[u8]) -> bool {
    if chunk.len() < base.len() + 2 || chunk[base.len()] != b'.' {
        return false;
    }
    let mut i = 0;
    while i < chunk.len() {
        let fits =
            if i < base.len() { chunk[i] == base[i] } else { i == base.len() || chunk[i].is_ascii_digit() };
        if !fits {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
impl Spec {
    /// An encrypted session of no source, for tests to build on.
    pub(crate) const BARE: Self = Self {
        type_name: "Bare",
        name: "bare",
        typ: "bare+jwt",
        protection: Protection::Jwe { alg: None, enc: None },
        read_only: false,
        max_age: None,
        extend: Extend::Update,
        cookie: None,
        header: None,
        sources: &[],
        policy: PolicySpec {
            issuer: None,
            audience: &[],
            subject: None,
            clock_tolerance: 0,
            required_claims: &[],
        },
        mapping: ClaimMapping::Direct,
        fresh_members: false,
        members: &[],
        csrf: true,
        symmetric: false,
        layout: &[],
    };
}
