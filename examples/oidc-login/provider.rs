//! The identity provider, as this service uses it.

use anyhow::{Context as _, bail};
use openidconnect::core::CoreResponseType;
use openidconnect::url::Url;
use openidconnect::{
    AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, LogoutRequest,
    Nonce, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, RedirectUrl, Scope,
    TokenResponse as _,
};

use crate::http::Http;
use crate::oidc::{Client, Metadata};

pub struct Provider {
    http: Http,
    client: Client,
    client_id: ClientId,
    home: PostLogoutRedirectUrl,
    metadata: Metadata,
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
            bail!("the issuer must use https: anyone on the way could read the client's secret");
        }
        let http = Http::new()?;
        let metadata = http.discover(&issuer).await?;
        let client_id = ClientId::new(client.0.to_owned());
        let client = Client::from_provider_metadata(
            metadata.clone(),
            client_id.clone(),
            Some(ClientSecret::new(client.1)),
        )
        .set_redirect_uri(RedirectUrl::new(format!("{origin}/callback"))?);
        Ok(Self {
            http,
            client,
            client_id,
            home: PostLogoutRedirectUrl::new(format!("{origin}/"))?,
            metadata,
        })
    }

    pub fn issuer(&self) -> &str {
        self.metadata.issuer()
    }

    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Tells if the provider says of itself that it names itself in every callback (RFC 9207 §3).
    pub fn names_issuer(&self) -> bool {
        self.metadata.additional_metadata().authorization_response_iss_parameter_supported
    }

    /// The address to send a browser to, and what it must bring back.
    pub fn authorization(&self) -> (Url, Secrets) {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let request = self.client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let (url, state, nonce) =
            request.add_scope(Scope::new("email".to_owned())).set_pkce_challenge(challenge).url();
        let secrets = Secrets {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            pkce: verifier.into_secret(),
        };
        (url, secrets)
    }

    /// Exchanges a code for an ID token, which nobody has verified yet.
    pub async fn exchange(&self, code: String, pkce: &str) -> anyhow::Result<String> {
        let answer = self
            .client
            .exchange_code(AuthorizationCode::new(code))?
            .set_pkce_verifier(PkceCodeVerifier::new(pkce.to_owned()))
            .request_async(&self.http)
            .await
            .context("the provider does not take the code")?;
        Ok(answer.id_token().context("the provider gives no ID token")?.to_string())
    }

    /// Where the provider ends its own session (RP-Initiated Logout §2), if it has such a place. The client's id says
    /// who asks: an ID token would have to be kept for that.
    pub fn end_session(&self) -> Option<Url> {
        let url = self.metadata.additional_metadata().end_session_endpoint.clone()?;
        let request = LogoutRequest::from(url).set_client_id(self.client_id.clone());
        Some(request.set_post_logout_redirect_uri(self.home.clone()).http_get_url())
    }
}
