//! The keys of a real provider: fetched, rotated, out, wrong and asked for in vain.

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;
use tokio::task::spawn_blocking;
use unjwt::keys::RemoteKeys;
use unjwt::{ConfigError, ErrorKind, Scopes, Session, Tokens};
use unjwt_test_provider::{Document, Fault, Provider};

const API: &str = "https://api.example.com";
const COOLDOWN: Duration = Duration::from_millis(400);

#[derive(Clone, Deserialize, Session)]
#[session(
    jws,
    read_only,
    issued_elsewhere,
    header = "authorization",
    cookie = false,
    audience = "https://api.example.com"
)]
struct AccessToken {
    client_id: String,
    scope: Scopes,
}

#[derive(Clone, Deserialize, Session)]
#[session(jws, read_only, issued_elsewhere, header = "authorization", cookie = false, audience = "web")]
struct IdToken {
    sub: String,
    nonce: String,
}

async fn start() -> Option<Provider> {
    spawn_blocking(Provider::start).await.unwrap()
}

/// Calls the provider, which blocks.
async fn call<T: Send + 'static>(
    provider: &std::sync::Arc<Provider>,
    ask: impl FnOnce(&Provider) -> T + Send + 'static,
) -> T {
    let provider = std::sync::Arc::clone(provider);
    spawn_blocking(move || ask(&provider)).await.unwrap()
}

async fn discover(provider: &Provider) -> Result<RemoteKeys, ConfigError> {
    RemoteKeys::discover(provider.url())
        .allow_http_on_loopback()
        .cooldown(COOLDOWN)
        .timeout(Duration::from_secs(2))
        .await
}

fn access(keys: &RemoteKeys) -> Tokens<AccessToken> {
    AccessToken::config(keys).build().unwrap()
}

async fn access_token(provider: &std::sync::Arc<Provider>) -> String {
    call(provider, |provider| provider.access_token(API, "read write")).await
}

async fn is_accepted(tokens: &Tokens<AccessToken>, token: &str) -> bool {
    tokens.verify_without_hooks(token).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn access_tokens_and_id_tokens_are_accepted() {
    let Some(provider) = start().await else { return };
    let provider = std::sync::Arc::new(provider);
    let keys = discover(&provider).await.unwrap();
    assert_eq!(keys.issuer(), Some(provider.url()));

    let current = access(&keys).verify_without_hooks(&access_token(&provider).await).await.unwrap();
    assert_eq!(current.data.client_id, "machine");
    assert!(current.data.scope.contains_all(["read", "write"]) && current.id.is_some());

    let id_tokens = IdToken::config(&keys).build().unwrap();
    let id_token = call(&provider, |provider| provider.id_token("ada", &json!({"nonce": "n-1"}))).await;
    let current = id_tokens.verify_without_hooks(&id_token).await.unwrap();
    assert_eq!((current.data.sub.as_str(), current.data.nonce.as_str(), &current.id), ("ada", "n-1", &None));
    // The one is never the other: the audience differs.
    assert!(!is_accepted(&access(&keys), &id_token).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_rotated_while_requests_run() {
    let Some(provider) = start().await else { return };
    let provider = std::sync::Arc::new(provider);
    let tokens = access(&discover(&provider).await.unwrap());
    let mut current = access_token(&provider).await;
    let mut refused = 0;
    for round in 0..4 {
        call(&provider, |provider| provider.rotate(true)).await;
        tokio::time::sleep(COOLDOWN).await;
        let new = access_token(&provider).await;
        let requests = (0..50).map(|index| {
            let (tokens, token) =
                (tokens.clone(), if index % 2 == 0 { current.clone() } else { new.clone() });
            tokio::spawn(async move { is_accepted(&tokens, &token).await })
        });
        for request in requests.collect::<Vec<_>>() {
            refused += u32::from(!request.await.unwrap());
        }
        current = new;
        assert_eq!(refused, 0, "round {round}");
    }
    let fetches = call(&provider, Provider::fetches).await;
    assert!(fetches.jwks <= 5, "{fetches:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn invented_names_of_keys_cost_one_fetch_per_cooldown() {
    let Some(provider) = start().await else { return };
    let provider = std::sync::Arc::new(provider);
    let tokens = access(&discover(&provider).await.unwrap());
    let good = access_token(&provider).await;
    let template = good.split_once('.').map(|(_, rest)| rest.to_owned()).unwrap();
    call(&provider, Provider::reset).await;
    tokio::time::sleep(COOLDOWN).await;

    let begun = Instant::now();
    let mut forged = Vec::new();
    for index in 0..10_000_u32 {
        use base64::Engine as _;
        let header = json!({"alg": "RS256", "typ": "at+jwt", "kid": format!("invented-{index}")}).to_string();
        let token = format!("{}.{template}", base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(header));
        let verifier = tokens.clone();
        forged.push(tokio::spawn(async move {
            verifier.verify_without_hooks(&token).await.err().map(|error| error.kind())
        }));
        if index % 500 == 0 {
            // Nobody else waits for them.
            assert!(is_accepted(&tokens, &good).await);
        }
    }
    for forged in forged {
        let kind = forged.await.unwrap();
        // Those that are too many to wait are told so.
        assert!(matches!(kind, Some(ErrorKind::KeyNotFound | ErrorKind::Overloaded)), "{kind:?}");
    }
    let cooldowns = u64::try_from(begun.elapsed().as_millis() / COOLDOWN.as_millis()).unwrap();
    let fetches = call(&provider, Provider::fetches).await.jwks;
    assert!((1..=cooldowns + 1).contains(&fetches), "{fetches} fetches in {cooldowns} cooldowns");

    // A real rotation is found among them.
    call(&provider, |provider| provider.rotate(false)).await;
    tokio::time::sleep(COOLDOWN).await;
    let new = access_token(&provider).await;
    assert!(is_accepted(&tokens, &new).await);
    assert!(!is_accepted(&tokens, &good).await, "the old key is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_provider_answers_good_keys_stay() {
    let Some(provider) = start().await else { return };
    let provider = std::sync::Arc::new(provider);
    let keys = discover(&provider).await.unwrap();
    let tokens = access(&keys);
    let good = access_token(&provider).await;
    let private = unjwt::Jwk::generate("ES256").unwrap();
    let useless = json!({"keys": [{"kty": "RSA", "kid": "weak", "alg": "RS256", "n": "AQAB", "e": "AQAB"}]});
    for fault in [
        Fault::Status(500),
        Fault::Body("<html>".into()),
        Fault::Body("{\"keys\":{}}".into()),
        Fault::Body("{\"keys\":[]}".into()),
        Fault::Body(useless.to_string()),
        Fault::Bytes(300_000),
        Fault::Redirect("https://evil.example/jwks".into()),
        Fault::Delay(Duration::from_secs(4)),
    ] {
        let shown = format!("{fault:?}");
        call(&provider, move |provider| provider.fault(Document::Jwks, &fault)).await;
        tokio::time::sleep(COOLDOWN).await;
        // A token with an unknown key asks for a fetch.
        let stranger = call(&provider, |provider| {
            provider.sign(&json!({"typ": "at+jwt", "kid": format!("{:?}", Instant::now())}), &json!({}))
        })
        .await;
        assert!(!is_accepted(&tokens, &stranger).await, "{shown}");
        assert!(is_accepted(&tokens, &good).await, "{shown}");
        let failure = keys.health().failure.unwrap_or_else(|| panic!("{shown} is not told"));
        assert!(failure.contains("/jwks") || failure.contains("no session could use"), "{shown}: {failure}");
    }
    call(&provider, Provider::recover).await;
    call(&provider, |provider| provider.rotate(true)).await;
    let new = access_token(&provider).await;
    tokio::time::sleep(COOLDOWN).await;
    assert!(is_accepted(&tokens, &new).await);
    assert_eq!(keys.health().failure, None);
    drop(private);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_gone_is_trusted_for_a_bounded_time() {
    let Some(provider) = start().await else { return };
    let provider = std::sync::Arc::new(provider);
    let keys = RemoteKeys::discover(provider.url())
        .allow_http_on_loopback()
        .cooldown(COOLDOWN)
        .stale_for(Duration::from_secs(2))
        .await
        .unwrap();
    let tokens = access(&keys);
    let token = access_token(&provider).await;
    drop(
        std::sync::Arc::into_inner(provider)
            .map(|provider| std::thread::spawn(move || drop(provider)).join()),
    );
    assert!(is_accepted(&tokens, &token).await);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let error = tokens.verify_without_hooks(&token).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(keys.health().is_stale);
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_is_refused_where_it_is_wrong() {
    let Some(provider) = start().await else { return };
    let provider = std::sync::Arc::new(provider);
    let reason =
        |result: Result<RemoteKeys, ConfigError>| result.expect_err("it must be refused").to_string();
    let url = provider.url().to_owned();

    assert!(reason(RemoteKeys::discover(&url).await).contains("allow_http_on_loopback"));
    assert!(
        reason(RemoteKeys::discover("http://login.example").allow_http_on_loopback().await)
            .contains("https only")
    );
    let error = reason(RemoteKeys::discover(format!("{url}/")).allow_http_on_loopback().await);
    assert!(error.contains("names the issuer") && error.contains(&url), "{error}");
    let error = reason(RemoteKeys::jwks(format!("{url}/nothing")).allow_http_on_loopback().await);
    assert!(error.contains("404"), "{error}");
    assert!(
        reason(
            RemoteKeys::jwks(format!("{url}/.well-known/openid-configuration"))
                .allow_http_on_loopback()
                .await
        )
        .contains("JWK Set")
    );
    let moved = json!({"issuer": url, "jwks_uri": "http://keys.example/jwks"}).to_string();
    call(&provider, move |provider| provider.fault(Document::Discovery, &Fault::Body(moved))).await;
    assert!(reason(discover(&provider).await).contains("`jwks_uri`"));
    call(&provider, |provider| {
        provider.fault(Document::Discovery, &Fault::Redirect("https://evil.example".into()))
    })
    .await;
    assert!(reason(discover(&provider).await).contains("instead of 200"));
    call(&provider, Provider::recover).await;

    // The set alone does not say whose it is.
    let keys = RemoteKeys::jwks(format!("{url}/jwks")).allow_http_on_loopback().await.unwrap();
    assert!(AccessToken::config(&keys).build().unwrap_err().to_string().contains("issuer"));
    assert!(AccessToken::config(&keys).issuer(&url).build().is_ok());
    let keys = discover(&provider).await.unwrap();
    let error = AccessToken::config(keys).issuer("https://other.example").build().unwrap_err().to_string();
    assert!(error.contains("make the two the same"), "{error}");
}

#[tokio::test]
async fn a_closure_fetches_as_well() {
    let key = unjwt::Jwk::generate("ES256").unwrap();
    let set = serde_json::to_string(&unjwt::JwkSet::from(key.public().unwrap())).unwrap();
    let keys = RemoteKeys::jwks_with("https://login.example/jwks", move |url: String| {
        let set = set.clone();
        async move {
            assert_eq!(url, "https://login.example/jwks");
            Ok::<_, std::io::Error>(set)
        }
    })
    .await
    .unwrap();
    assert_eq!(keys.keys().keys()[0].kid(), key.kid());
    let failing = |_| async { Err::<String, _>(std::io::Error::other("no route")) };
    let error = RemoteKeys::jwks_with("https://login.example/jwks", failing).await.unwrap_err().to_string();
    assert!(error.contains("https://login.example/jwks: no route"), "{error}");
}
