//! Tokens of identity providers: `issued_elsewhere`.

use std::time::{Duration, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Value, json};
use unjwt::{ErrorKind, Jwk, JwsKey, Scopes, Session, Tokens};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://login.example";
const API: &str = "https://api.example";

/// No `Serialize`.
#[derive(Clone, Deserialize, Session)]
#[session(
    jws,
    read_only,
    issued_elsewhere,
    header = "authorization",
    cookie = false,
    issuer = "https://login.example"
)]
struct AccessToken {
    sub: String,
    #[serde(default, alias = "scp")]
    scope: Scopes,
}

#[derive(Clone, Deserialize, Session)]
#[session(
    jws,
    read_only,
    issued_elsewhere(typ = "application/Logout+JWT"),
    header = "authorization",
    cookie = false,
    issuer = "https://login.example",
    audience = "https://api.example"
)]
struct LogoutToken {}

#[derive(Clone, Deserialize, Session)]
#[session(
    jws,
    read_only,
    issued_elsewhere(typ("at+jwt", "x"), untyped, audience_claim = "client_id"),
    header = "authorization",
    cookie = false,
    max_age = "1h",
    issuer = "https://login.example",
    audience("web", "app")
)]
struct WithoutAud {}

struct Provider {
    key: Jwk,
}

impl Provider {
    fn new() -> Self {
        Self { key: Jwk::generate("ES256").unwrap() }
    }

    fn keys(&self) -> JwsKey {
        JwsKey::verify_only(self.key.public().unwrap())
    }

    /// Signs what our own writer never would: any header, any claims.
    fn token(&self, header: Value, claims: &Value) -> String {
        let mut header = header;
        header["alg"] = "ES256".into();
        support::sign_es256(&self.key, &header.to_string(), &claims.to_string())
    }
}

#[path = "elsewhere/support.rs"]
mod support;

fn claims(change: impl FnOnce(&mut Value)) -> Value {
    let mut claims = json!({"iss": ISSUER, "aud": API, "exp": NOW + 60, "sub": "u1"});
    change(&mut claims);
    claims
}

macro_rules! clock {
    () => {
        || UNIX_EPOCH + Duration::from_secs(NOW)
    };
}

fn access(provider: &Provider) -> Tokens<AccessToken> {
    AccessToken::config(provider.keys()).audience([API]).clock(clock!()).build().unwrap()
}

async fn refusal<T: Session + unjwt::bounds::Signed>(tokens: &Tokens<T>, token: &str) -> ErrorKind {
    match tokens.verify_without_hooks(token).await {
        Ok(_) => panic!("accepted"),
        Err(error) => error.kind(),
    }
}

#[tokio::test]
async fn what_providers_leave_out_is_optional_by_type() {
    let provider = Provider::new();
    let tokens = access(&provider);
    let token = provider.token(json!({}), &claims(|claims| claims["scp"] = json!(["a", "b"])));
    let current = tokens.verify_without_hooks(&token).await.unwrap();
    assert_eq!((&current.id, current.created_at), (&None, None));
    assert_eq!(current.expires_at.as_secs(), NOW + 60);
    assert_eq!((current.data.sub.as_str(), current.issuer()), ("u1", ISSUER));
    assert!(current.data.scope.contains_all(["a", "b"]));

    let token = provider.token(
        json!({"typ": "JWT", "kid": null, "x5c": ["x".repeat(6000)]}),
        &claims(|claims| {
            claims["jti"] = "id".into();
            claims["iat"] = (NOW - 5).into();
            claims["aud"] = json!(["other", API]);
        }),
    );
    let current = tokens.verify_without_hooks(&token).await.unwrap();
    assert_eq!(current.id.as_deref(), Some("id"));
    assert_eq!(current.created_at.map(unjwt::NumericDate::as_secs), Some(NOW - 5));
}

#[tokio::test]
async fn issuer_audience_and_an_end_are_required() {
    let provider = Provider::new();
    let tokens = access(&provider);
    type Change = fn(&mut Value);
    let cases: [(Change, ErrorKind); 10] = [
        (|claims| drop(claims.as_object_mut().unwrap().remove("exp")), ErrorKind::ClaimMissing),
        (|claims| drop(claims.as_object_mut().unwrap().remove("iss")), ErrorKind::ClaimMissing),
        (|claims| drop(claims.as_object_mut().unwrap().remove("aud")), ErrorKind::ClaimMissing),
        (|claims| claims["iss"] = "https://login.example/".into(), ErrorKind::ClaimInvalid),
        (|claims| claims["iss"] = json!([ISSUER]), ErrorKind::ClaimInvalid),
        (|claims| claims["aud"] = "https://api.example/".into(), ErrorKind::ClaimInvalid),
        (|claims| claims["aud"] = json!([]), ErrorKind::ClaimInvalid),
        (|claims| claims["exp"] = NOW.into(), ErrorKind::Expired),
        (|claims| claims["nbf"] = (NOW + 1000).into(), ErrorKind::NotYetValid),
        (|claims| claims["iat"] = (NOW + 1000).into(), ErrorKind::NotYetValid),
    ];
    for (index, (change, expected)) in cases.into_iter().enumerate() {
        let token = provider.token(json!({}), &claims(change));
        assert_eq!(refusal(&tokens, &token).await, expected, "{index}");
    }
    let other = Provider::new().token(json!({}), &claims(|_| {}));
    assert_eq!(refusal(&tokens, &other).await, ErrorKind::JwsSignatureInvalid);
}

#[tokio::test]
async fn types_are_compared_as_media_types() {
    let provider = Provider::new();
    let tokens = access(&provider);
    for typ in ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", "Application/JWT"] {
        let token = provider.token(json!({"typ": typ}), &claims(|_| {}));
        assert!(tokens.verify_without_hooks(&token).await.is_ok(), "{typ}");
    }
    for typ in ["logout+jwt", "dpop+jwt", "application/application/jwt", "text/jwt", "", "jw"] {
        let token = provider.token(json!({"typ": typ}), &claims(|_| {}));
        assert_eq!(refusal(&tokens, &token).await, ErrorKind::JwsInvalid, "{typ}");
    }
    let logout = LogoutToken::config(provider.keys()).clock(clock!()).build().unwrap();
    for (header, accepted) in [
        (json!({"typ": "logout+jwt"}), true),
        (json!({"typ": "application/logout+JWT"}), true),
        (json!({"typ": "JWT"}), false),
        (json!({}), false),
        (json!({"typ": null}), false),
    ] {
        let token = provider.token(header.clone(), &claims(|_| {}));
        assert_eq!(logout.verify_without_hooks(&token).await.is_ok(), accepted, "{header}");
    }
}

#[tokio::test]
async fn another_claim_can_name_the_audience() {
    let provider = Provider::new();
    let tokens = WithoutAud::config(provider.keys()).clock(clock!()).build().unwrap();
    let claims = |client: &str, iat: Option<u64>, aud: Value| {
        let mut claims = json!({"iss": ISSUER, "client_id": client});
        let members = claims.as_object_mut().unwrap();
        members.extend(iat.map(|iat| ("iat".to_owned(), iat.into())));
        members.extend((aud != Value::Bool(false)).then_some(("aud".to_owned(), aud)));
        claims
    };
    let absent = Value::Bool(false);
    let token = provider.token(json!({}), &claims("app", Some(NOW - 3599), absent.clone()));
    let current = tokens.verify_without_hooks(&token).await.unwrap();
    assert_eq!(current.expires_at.as_secs(), NOW + 1);
    let both = provider.token(json!({}), &claims("app", Some(NOW), json!(["web", "x"])));
    assert!(tokens.verify_without_hooks(&both).await.is_ok());
    for (token, expected) in [
        (claims("other", Some(NOW), absent.clone()), ErrorKind::ClaimInvalid),
        (claims("app", Some(NOW - 3600), absent.clone()), ErrorKind::Expired),
        (claims("app", None, absent), ErrorKind::ClaimMissing),
        // RFC 7519 §4.1.3.
        (claims("app", Some(NOW), "theirs".into()), ErrorKind::ClaimInvalid),
        (claims("app", Some(NOW), Value::Null), ErrorKind::ClaimInvalid),
        (json!({"iss": ISSUER, "aud": "app", "iat": NOW}), ErrorKind::ClaimMissing),
    ] {
        assert_eq!(refusal(&tokens, &provider.token(json!({}), &token)).await, expected, "{token}");
    }
}

/// The claims that a session of our own would write under these names mean nothing in a foreign token.
#[tokio::test]
async fn the_claim_that_names_the_audience_may_be_called_like_one_of_ours() {
    macro_rules! named {
        ($($claim:literal)+) => {$({
            #[derive(Clone, Deserialize, Session)]
            #[session(
                jws,
                read_only,
                name = "named",
                issued_elsewhere(audience_claim = $claim),
                cookie = false,
                issuer = "https://login.example",
                audience = "https://api.example"
            )]
            struct Named {}

            let provider = Provider::new();
            let tokens = Named::config(provider.keys()).clock(clock!()).build().unwrap();
            let of = |audience: Value| {
                provider.token(json!({}), &json!({"iss": ISSUER, "exp": NOW + 60, $claim: audience}))
            };
            assert!(tokens.verify_without_hooks(&of(API.into())).await.is_ok(), $claim);
            assert!(tokens.verify_without_hooks(&of(json!(["x", API]))).await.is_ok(), $claim);
            assert_eq!(refusal(&tokens, &of("other".into())).await, ErrorKind::ClaimInvalid, $claim);
            assert_eq!(refusal(&tokens, &of(2.into())).await, ErrorKind::ClaimInvalid, $claim);
            let token = provider.token(json!({}), &json!({"iss": ISSUER, "exp": NOW + 60}));
            assert_eq!(refusal(&tokens, &token).await, ErrorKind::ClaimMissing, $claim);
        })+};
    }
    named!("v" "vr" "gen" "sid" "ep" "rm" "auth_time");
}

#[tokio::test]
async fn each_issuer_is_verified_with_its_own_keys() {
    const CUSTOMERS: &str = "https://customers.example";
    let (staff, customers) = (Provider::new(), Provider::new());
    let tokens = AccessToken::config(staff.keys())
        .audience([API])
        .also_trusts(CUSTOMERS, ["shop"], customers.keys())
        .clock(clock!())
        .build()
        .unwrap();
    let of = |issuer: &str, audience: &str| {
        claims(|claims| {
            claims["iss"] = issuer.into();
            claims["aud"] = audience.into();
        })
    };
    for (provider, issuer, audience) in [(&staff, ISSUER, API), (&customers, CUSTOMERS, "shop")] {
        let token = provider.token(json!({}), &of(issuer, audience));
        // Again, since the second time it is remembered.
        for _ in 0..3 {
            assert_eq!(tokens.verify_without_hooks(&token).await.unwrap().issuer(), issuer);
        }
    }
    for (provider, issuer, audience, expected) in [
        (&staff, CUSTOMERS, "shop", ErrorKind::JwsSignatureInvalid),
        (&customers, ISSUER, API, ErrorKind::JwsSignatureInvalid),
        (&customers, CUSTOMERS, API, ErrorKind::ClaimInvalid),
        (&staff, ISSUER, "shop", ErrorKind::ClaimInvalid),
        (&staff, "https://third.example", API, ErrorKind::ClaimInvalid),
    ] {
        let token = provider.token(json!({}), &of(issuer, audience));
        assert_eq!(refusal(&tokens, &token).await, expected, "{issuer} {audience}");
    }
    // A repeated claim must not be one issuer for the choice of keys and another one for the check.
    let twice =
        format!(r#"{{"iss":"{ISSUER}","iss":"{CUSTOMERS}","aud":"shop","exp":{},"sub":"u"}}"#, NOW + 60);
    let token = support::sign_es256(&staff.key, r#"{"alg":"ES256"}"#, &twice);
    assert_eq!(refusal(&tokens, &token).await, ErrorKind::PayloadInvalid);
}

#[test]
fn what_is_not_checked_does_not_start() {
    let provider = Provider::new();
    let error = AccessToken::config(provider.keys()).build().unwrap_err().to_string();
    assert!(error.contains("audience") && error.contains(".audience([..])"), "{error}");
    let error = AccessToken::config(provider.keys())
        .audience([API])
        .also_trusts(ISSUER, ["a"], provider.keys())
        .build()
        .unwrap_err()
        .to_string();
    assert!(error.contains("trusted twice"), "{error}");
    for audience in [vec![], vec![""], vec!["a", "a"]] {
        let config = AccessToken::config(provider.keys()).audience([API]);
        assert!(
            config.also_trusts("https://x.example", audience.clone(), provider.keys()).build().is_err(),
            "{audience:?}"
        );
    }
}
