//! The identity provider, as this service uses it.

use std::sync::{Arc, PoisonError, RwLock};

use anyhow::{Context as _, bail};
use openidconnect::core::CoreResponseType;
use openidconnect::url::Url;
use openidconnect::{
    AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    IssuerUrl, LogoutRequest, Nonce, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, RedirectUrl,
    Scope, SignatureVerificationError, TokenResponse as _,
};
use tokio::sync::Mutex;
use tokio::time::{Duration, Instant};
use unjwt::jose::{self, Verified};
use unjwt::{ErrorKind, JwkSet, JwsKey};

use crate::http::Http;
use crate::oidc::{Client, IdToken, Metadata};
use crate::sessions::User;

/// Whoever sends tokens with unknown keys makes the provider be asked no more often than this.
const COOLDOWN: Duration = Duration::from_secs(10);

pub struct Provider {
    http: Http,
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: ClientSecret,
    redirect: RedirectUrl,
    home: PostLogoutRedirectUrl,
    /// What the provider says of itself, with its keys.
    metadata: RwLock<Arc<Metadata>>,
    /// When that was read again; locked by whoever does.
    read_at: Mutex<Option<Instant>>,
}

/// What the browser brings back, or the exchange of the code needs.
pub struct Secrets {
    pub state: String,
    pub nonce: String,
    pub pkce: String,
}

impl Provider {
    /// Reads the provider's metadata, which must be there when this service starts. `origin` is this service's, as
    /// browsers see it.
    pub async fn discover(issuer: &str, client: (&str, String), origin: &str) -> anyhow::Result<Self> {
        let issuer = IssuerUrl::new(issuer.to_owned()).with_context(|| format!("the issuer {issuer}"))?;
        let is_here = matches!(issuer.url().host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        if issuer.url().scheme() != "https" && !is_here {
            bail!("the issuer must use https, since its keys would come from anyone on the way");
        }
        let http = Http::new()?;
        let metadata = http.discover(&issuer).await?;
        Ok(Self {
            http,
            issuer,
            client_id: ClientId::new(client.0.to_owned()),
            client_secret: ClientSecret::new(client.1),
            redirect: RedirectUrl::new(format!("{origin}/callback"))?,
            home: PostLogoutRedirectUrl::new(format!("{origin}/"))?,
            metadata: RwLock::new(Arc::new(metadata)),
            read_at: Mutex::default(),
        })
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Tells if the provider says of itself that it names itself in every callback (RFC 9207 §3).
    pub fn names_issuer(&self) -> bool {
        self.metadata().additional_metadata().authorization_response_iss_parameter_supported
    }

    /// The address to send a browser to, and what it must bring back.
    pub fn authorization(&self) -> (Url, Secrets) {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = self.client(&self.metadata());
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let (url, state, nonce) = client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scope(Scope::new("email".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        let secrets = Secrets {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            pkce: verifier.into_secret(),
        };
        (url, secrets)
    }

    /// Exchanges a code, and verifies the ID token that comes for it.
    pub async fn exchange(&self, code: String, pkce: &str, nonce: &str) -> anyhow::Result<User> {
        let client = self.client(&self.metadata());
        let answer = client
            .exchange_code(AuthorizationCode::new(code))?
            .set_pkce_verifier(PkceCodeVerifier::new(pkce.to_owned()))
            .request_async(&self.http)
            .await
            .context("the provider does not take the code")?;
        let token = answer.id_token().context("there is no ID token")?;
        let nonce = Nonce::new(nonce.to_owned());
        let user = match self.user(token, &nonce) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                self.read_anew().await?;
                self.user(token, &nonce)
            }
            verified => verified,
        };
        user.context("the ID token is refused")
    }

    fn user(&self, token: &IdToken, nonce: &Nonce) -> Result<User, ClaimsVerificationError> {
        let client = self.client(&self.metadata());
        let claims = token.claims(&client.id_token_verifier(), nonce)?;
        // An address that nobody has verified is not the user's.
        let email = claims.email().filter(|_| claims.email_verified() == Some(true));
        Ok(User {
            sub: claims.subject().to_string(),
            provider_sid: claims.additional_claims().sid.clone(),
            email: email.map(|email| email.to_string()),
        })
    }

    /// Verifies the signature of another token of the provider, and nothing of what it says.
    pub async fn verify(&self, token: &str) -> anyhow::Result<Verified> {
        match self.verify_now(token)? {
            Err(error) if error.kind() == ErrorKind::KeyNotFound => {
                self.read_anew().await?;
                Ok(self.verify_now(token)??)
            }
            verified => Ok(verified?),
        }
    }

    fn verify_now(&self, token: &str) -> anyhow::Result<Result<Verified, unjwt::Error>> {
        let keys: JwkSet = serde_json::from_value(serde_json::to_value(self.metadata().jwks())?)?;
        Ok(jose::verify(token, &JwsKey::verify_only(keys)))
    }

    /// Where the provider ends its own session (RP-Initiated Logout §2), if it has such a place. The client's id says
    /// who asks: an ID token would have to be kept for that.
    pub fn end_session(&self) -> Option<Url> {
        let url = self.metadata().additional_metadata().end_session_endpoint.clone()?;
        let request = LogoutRequest::from(url).set_client_id(self.client_id.clone());
        Some(request.set_post_logout_redirect_uri(self.home.clone()).http_get_url())
    }

    fn client(&self, metadata: &Metadata) -> Client {
        Client::from_provider_metadata(
            metadata.clone(),
            self.client_id.clone(),
            Some(self.client_secret.clone()),
        )
        .set_redirect_uri(self.redirect.clone())
    }

    fn metadata(&self) -> Arc<Metadata> {
        Arc::clone(&self.metadata.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the metadata and the keys again, for a token whose key is not among them: the provider's keys change.
    async fn read_anew(&self) -> anyhow::Result<()> {
        let mut read_at = self.read_at.lock().await;
        if read_at.is_none_or(|at| at.elapsed() >= COOLDOWN) {
            *read_at = Some(Instant::now());
            let metadata = self.http.discover(&self.issuer).await?;
            *self.metadata.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(metadata);
        }
        Ok(())
    }
}
