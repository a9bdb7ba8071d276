//! The two sessions, and the state that holds them. (The provider's tokens are in `tokens.rs`.)

use serde::{Deserialize, Serialize};
use unjwt::{Session, SessionHandle, SessionState, Tokens};

use crate::provider::Provider;
use crate::seen::Seen;
use crate::tokens::{IdToken, LogoutToken};

/// A sign-in on its way: what this browser must bring back from the provider.
///
/// It begins when the browser leaves for the provider and ends with the first use of the callback, the only path to
/// which the browser sends it. It is encrypted, since whoever had the `pkce` verifier could use a stolen code.
/// `SameSite=Lax`, the default, is what the way back needs: a navigation that the provider's site begins.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "oidc_flow", max_age = "10m", header = false, cookie(path = "/callback"))]
pub struct Flow {
    /// The provider that the browser was sent to.
    pub issuer: String,
    /// Comes back as a parameter of the callback.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// The verifier of RFC 7636.
    pub pkce: String,
    /// The path to go to afterwards.
    pub return_to: String,
}

/// The user's login here, which a store can end: with all others of the user, by `sub`, or with the session at the
/// provider that it came from, by `provider_sid`. That is what the provider's back channel asks for.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "user", max_age = "1D", revocable(by(sub, provider_sid)), header = false)]
pub struct User {
    /// The user's identifier at the provider, which never changes. An email address does.
    pub sub: String,
    /// The `sid` of the ID token. A provider that gives none logs users out by `sub` alone.
    pub provider_sid: Option<String>,
    pub email: Option<String>,
}

#[derive(SessionState)]
pub struct App {
    pub flow: SessionHandle<Flow>,
    pub user: SessionHandle<User>,
    pub provider: Provider,
    pub id_tokens: Tokens<IdToken>,
    pub logout_tokens: Tokens<LogoutToken>,
    /// The logout tokens that have been used.
    pub seen: Seen,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sessions_keep_their_shape() {
        let flow = Flow {
            issuer: "https://id.example".to_owned(),
            state: "state".to_owned(),
            nonce: "nonce".to_owned(),
            pkce: "verifier".to_owned(),
            return_to: "/account".to_owned(),
        };
        let full = User {
            sub: "ada".to_owned(),
            provider_sid: Some("sid".to_owned()),
            email: Some("ada@example.com".to_owned()),
        };
        let bare = User { provider_sid: None, email: None, ..full.clone() };
        unjwt::golden::check("oidc-login/golden", [flow]);
        unjwt::golden::check("oidc-login/golden", [full, bare]);
    }
}
