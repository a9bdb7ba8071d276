//! The session that is measured: the five claims that people write, filled up to a round number of bytes.

use serde::{Deserialize, Serialize};
use unjwt::Session;

/// `sid`, in the `Cookie` header beside another one.
pub const COOKIE: &str = "sid";

/// What the sessions of this library hold, and what is put into the others.
macro_rules! account {
    ($(#[$attribute:meta])* $name:ident $(, $stamp:ident: $type:ty)*) => {
        $(#[$attribute])*
        pub struct $name {
            pub sub: String,
            pub name: String,
            pub scope: String,
            pub admin: bool,
            pub visits: u64,
            $(pub $stamp: $type,)*
        }
    };
}

account!(
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
    #[session(jwe, name = "sid", max_age = "7D")]
    Encrypted
);

account!(
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
    #[session(jws, name = "sid", max_age = "7D")]
    Signed
);

account!(
    /// The same with an attribute of serde's, for which a write reads back what it wrote.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
    #[session(jwe, name = "sid", max_age = "7D")]
    #[serde(expecting = "an account")]
    EncryptedReadBack
);

account!(
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
    #[session(jws, name = "sid", max_age = "7D")]
    #[serde(expecting = "an account")]
    SignedReadBack
);

account!(
    /// The same with the claims that a token adds, for libraries that leave those to their user.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    Stamped, jti: String, iat: u64, exp: u64
);

/// A session whose members come from a [`Stamped`].
pub trait Account: Clone + PartialEq + Send + Sync + 'static {
    fn of(stamped: &Stamped) -> Self;
}

macro_rules! of_stamped {
    ($($session:ident),+) => {
        $(impl Account for $session {
            fn of(stamped: &Stamped) -> Self {
                let Stamped { sub, name, scope, admin, visits, .. } = stamped.clone();
                Self { sub, name, scope, admin, visits }
            }
        })+
    };
}

of_stamped!(Encrypted, Signed, EncryptedReadBack, SignedReadBack);

impl Stamped {
    /// Claims that are `len` bytes of JSON, `jti`, `iat` and `exp` included. `scope` makes up the length.
    ///
    /// # Panics
    ///
    /// If that is too short for the other members.
    pub fn with_json_len(len: usize) -> Self {
        const SCOPES: &str = "read:profile write:profile read:orders write:orders ";
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let iat = now.expect("a clock past 1970").as_secs();
        let mut claims = Self {
            sub: crate::routes::ANSWER.into(),
            name: "Ada Lovelace".into(),
            scope: String::new(),
            admin: false,
            visits: 42,
            jti: "04443da2-8faf-4924-931c-9ca95f036bfb".into(),
            iat,
            exp: iat + 7 * 24 * 60 * 60,
        };
        let rest = len.checked_sub(claims.to_json().len()).expect("too short for the claims");
        claims.scope = SCOPES.chars().cycle().take(rest).collect();
        claims
    }

    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("claims are JSON")
    }
}

#[cfg(test)]
mod tests {
    use unjwt::Session as _;

    use super::{Encrypted, EncryptedReadBack, Signed, SignedReadBack, Stamped};

    #[test]
    fn only_two_of_the_sessions_are_read_back() {
        const { assert!(Encrypted::SPEC.symmetric && Signed::SPEC.symmetric) };
        const { assert!(!EncryptedReadBack::SPEC.symmetric && !SignedReadBack::SPEC.symmetric) };
    }

    #[test]
    fn the_claims_have_the_length_that_was_asked_for() {
        for len in [200, 2048, 65_536] {
            assert_eq!(Stamped::with_json_len(len).to_json().len(), len);
        }
    }
}
