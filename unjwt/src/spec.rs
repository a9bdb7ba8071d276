//! The values of the attribute as constants.

use unjwt_rules::cookie::Prefix;

use crate::alg::{Enc, JweAlg, JwsAlg};

/// Everything that `#[session(..)]` fixes at compile time.
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
    /// `true` if this service only reads the session.
    pub read_only: bool,
    /// `issued_elsewhere`: the tokens of an identity provider.
    pub elsewhere: Option<ElsewhereSpec>,
    /// The lifetime in seconds.
    pub max_age: Option<u64>,
    /// The time in seconds after the sign-in at which the session ends, whatever renews it.
    pub absolute: Option<u64>,
    /// The settings of `revocable`; `None` if logins do not end before their tokens expire.
    pub revocable: Option<RevocableSpec>,
    /// The session whose login this one belongs to, with `login = ..`.
    pub login: Option<LoginSpec>,
    /// The age of a token in seconds from which a response renews it.
    pub renew_after: Option<u64>,
    /// The writes that renew `exp`.
    pub extend: Extend,
    /// `version`: the shape of the payload; `None` if tokens state none.
    pub version: Option<VersionSpec>,
    /// The cookie; `None` if the session neither writes nor reads one.
    pub cookie: Option<CookieSpec>,
    /// The header to read, in lower case; `None` if no header is read.
    pub header: Option<&'static str>,
    /// The enabled sources in the order in which they are tried.
    pub sources: &'static [TokenSource],
    /// The claims that are written and checked.
    pub policy: PolicySpec,
    /// The relation of the struct's members to the registered claims.
    pub mapping: ClaimMapping,
    /// `true` if a function supplies members that the payload lacks (`#[serde(default = "..")]`). It may
    /// return a different value each time, so the payload must be read only once per request.
    pub fresh_members: bool,
    /// The names of the struct's members in the payload, as far as the attributes determine them.
    pub members: &'static [&'static str],
    /// `true` if a cookie sent by another origin is refused on requests that may change something.
    pub csrf: bool,
    /// `true` if the session is bound to the browser's device, with `bind = "dbsc"`.
    pub bound: bool,
    /// `true` if everything written can be read back: the type of every field proves it, and the only serde
    /// attribute on fields is a `rename` for both directions. Holds only if serde derived both impls.
    pub symmetric: bool,
    /// The offsets and sizes in bytes of the fields of a symmetric struct.
    pub layout: &'static [(usize, usize)],
}

/// The family of tokens, with the pinned algorithms.
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

/// `issued_elsewhere`: the differences between the tokens of identity providers.
#[derive(Clone, Copy, Debug)]
pub struct ElsewhereSpec {
    /// The accepted values of `typ`, in lower case and without `application/`.
    pub types: &'static [&'static str],
    /// `true` if a token may have no `typ`.
    pub untyped: bool,
    /// The claim that names the audience where `aud` may be absent.
    pub audience_claim: Option<&'static str>,
}

/// `revocable`: how a login ends before its tokens expire.
#[derive(Clone, Copy, Debug)]
pub struct RevocableSpec {
    /// The time in seconds for which a login counts as live after the store has said so.
    pub recheck: u64,
    /// The time in seconds for which a login is served after its last check if the store is out; `None` refuses it.
    pub serve: Option<u64>,
    /// The members of the payload in `by(..)`.
    pub groups: &'static [&'static str],
    /// The maximum number of logins with the same value of the first of them, and what happens to one more.
    pub max_logins: Option<(u8, LoginLimit)>,
    /// `rotation`: tokens are good for one renewal.
    pub rotation: Option<RotationSpec>,
}

/// `rotation`: the detection of copies.
#[derive(Clone, Copy, Debug)]
pub struct RotationSpec {
    /// The time in seconds within which the requests and responses of one client may overtake each other.
    pub window: u64,
    /// `true` if a login without a record is taken over instead of having ended.
    pub adopts: bool,
}

/// `login = ..`: what a session inherits of its login.
#[derive(Clone, Copy, Debug)]
pub struct LoginSpec {
    /// The struct's name, for messages.
    pub type_name: &'static str,
    /// `true` if the login's tokens state when the user signed in.
    pub has_auth_time: bool,
    /// The time in seconds after the sign-in at which the login ends.
    pub absolute: Option<u64>,
    /// `true` if the login can end before that, and this session with it.
    pub ends: bool,
}

/// `version`: the shape of the payload over time.
#[derive(Clone, Copy, Debug)]
pub struct VersionSpec {
    /// The version that the struct is.
    pub own: u32,
    /// The oldest version whose programs understand what this one writes.
    pub readable_by: u32,
}

impl VersionSpec {
    /// The version of a payload that states none, and of a session without `version`.
    pub(crate) const FIRST: u32 = 1;
}

/// The treatment of a login that is one too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginLimit {
    /// The oldest login ends.
    EndOldest,
    /// The new login is refused.
    Refuse,
}

/// The writes that renew `exp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extend {
    /// Every write.
    Update,
    /// `replace` and `rotate`; an update keeps `jti`, `iat` and `exp`.
    Rotate,
}

/// A source of tokens.
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
    /// `SameSite`; `None` omits the attribute.
    pub same_site: Option<SameSite>,
    /// `Partitioned`.
    pub partitioned: bool,
    /// The cookie's own lifetime in seconds, if it differs from the token's.
    pub max_age: Option<u64>,
    /// `true` for a cookie that ends with the browser session, whatever the token's lifetime.
    pub browser_session: bool,
    /// The maximum number of characters of a token in one cookie.
    pub chunk_max_length: usize,
    /// The maximum number of chunks.
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
    /// `aud`; a token must name one of the values. If empty, the claim is neither written nor checked.
    pub audience: &'static [&'static str],
    /// `sub`.
    pub subject: Option<&'static str>,
    /// The tolerated difference between clocks in seconds.
    pub clock_tolerance: u64,
    /// The claims without which a token is refused.
    pub required_claims: &'static [&'static str],
}

/// The relation of the struct's members to the registered claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimMapping {
    /// The attributes determine every member's name.
    Direct,
    /// The data may determine names (`flatten`); a registered claim among them is refused.
    Filtered,
}

/// The hooks that a session has.
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
    /// `on_reuse`.
    pub on_reuse: bool,
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
        on_reuse: false,
        renew: false,
        key_lookup: false,
    };

    /// Returns whether there is any hook.
    pub const fn any(self) -> bool {
        self.on_read
            || self.on_update
            || self.on_clear
            || self.on_expire
            || self.on_error
            || self.on_reuse
            || self.renew
            || self.key_lookup
    }
}

impl Spec {
    /// Returns whether tokens state when their user signed in.
    pub(crate) const fn has_auth_time(&self) -> bool {
        let of_login = matches!(self.login, Some(LoginSpec { has_auth_time: true, .. }));
        self.absolute.is_some() || self.revocable.is_some() || of_login
    }

    /// Returns the version of the struct.
    pub(crate) const fn own_version(&self) -> u32 {
        match self.version {
            Some(version) => version.own,
            None => VersionSpec::FIRST,
        }
    }

    /// Returns whether tokens name the device that they are bound to: those of a bound session, and those that may be of
    /// its login, which does not know of it.
    #[cfg(feature = "dbsc")]
    pub(crate) fn names_device(&self) -> bool {
        let may_be_login = self.login.is_none() && self.elsewhere.is_none();
        // A member of the data's choosing may have that name, too.
        let has_member = self.mapping == ClaimMapping::Filtered || self.members.contains(&"cnf");
        self.bound || may_be_login && !has_member
    }

    /// Returns whether every cookie of the session ends with the browser session.
    pub(crate) fn ends_with_browser(&self) -> bool {
        self.cookie.is_some_and(|cookie| cookie.browser_session)
    }

    /// Returns whether tokens state the login that they belong to.
    pub(crate) const fn has_login(&self) -> bool {
        self.revocable.is_some() || matches!(self.login, Some(LoginSpec { ends: true, .. }))
    }

    /// Returns whether this stands for a struct whose attribute has a mistake, which is reported there: only a session
    /// with a `login` is bound.
    pub(crate) const fn is_of_a_mistake(&self) -> bool {
        self.bound && self.login.is_none()
    }

    /// Returns whether the struct has a member of this name, as far as the attributes determine them.
    #[cfg(feature = "dbsc")]
    #[allow(clippy::indexing_slicing)] // Slices have no other access in a `const fn`; the bound is the loop's.
    pub(crate) const fn has_member(&self, name: &str) -> bool {
        let mut i = 0;
        while i < self.members.len() {
            if bytes_equal(self.members[i].as_bytes(), name.as_bytes(), false) {
                return true;
            }
            i += 1;
        }
        false
    }

    /// Returns the rule of a session whose tokens are good for one renewal.
    pub(crate) const fn rotation(&self) -> Option<RotationSpec> {
        match self.revocable {
            Some(revocable) => revocable.rotation,
            None => None,
        }
    }

    /// Returns what a session inherits of this one, its login. `ends` is `false` for `revocable = false`.
    pub(crate) const fn as_login(&self, ends: bool) -> LoginSpec {
        LoginSpec {
            type_name: self.type_name,
            has_auth_time: self.absolute.is_some() || self.revocable.is_some(),
            absolute: self.absolute,
            ends: ends && self.revocable.is_some(),
        }
    }

    /// Returns whether the two sessions would read each other's cookies, because their names are equal or one
    /// is that of a chunk of the other.
    pub const fn cookies_clash(&self, other: &Self) -> bool {
        if self.cookie.is_none() || other.cookie.is_none() {
            return false;
        }
        names_clash(self.name, other.name)
    }

    /// Returns whether the session sets a cookie whose name allows a `Domain`.
    pub(crate) fn may_have_domain(&self) -> bool {
        self.may_have_path() && !self.read_only
    }

    /// Returns whether the session has a cookie whose name allows another path than `/`.
    pub(crate) fn may_have_path(&self) -> bool {
        self.cookie.is_some() && !Prefix::of(self.name).is_some_and(Prefix::is_of_one_host)
    }

    /// Returns whether the origin of a request is checked. Only cookies need that, since browsers send them
    /// on their own.
    pub(crate) const fn checks_origins(&self) -> bool {
        self.csrf && self.cookie.is_some()
    }

    /// Returns whether the two sessions read the same header.
    pub const fn headers_clash(&self, other: &Self) -> bool {
        match (self.header, other.header) {
            (Some(a), Some(b)) => bytes_equal(a.as_bytes(), b.as_bytes(), true),
            _ => false,
        }
    }
}

/// Returns whether two names of cookies are equal, or one is that of a chunk of the other.
pub(crate) const fn names_clash(one: &str, other: &str) -> bool {
    let (a, b) = (one.as_bytes(), other.as_bytes());
    bytes_equal(a, b, false) || is_chunk_of(a, b) || is_chunk_of(b, a)
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

/// Returns whether `chunk` is `base.<digits>`.
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
    /// An encrypted session without a source, as a base for tests.
    pub(crate) const BARE: Self = Self {
        type_name: "Bare",
        name: "bare",
        typ: "bare+jwt",
        protection: Protection::Jwe { alg: None, enc: None },
        read_only: false,
        elsewhere: None,
        max_age: None,
        absolute: None,
        revocable: None,
        login: None,
        renew_after: None,
        extend: Extend::Update,
        version: None,
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
        bound: false,
        symmetric: false,
        layout: &[],
    };
}
