//! Several issuers, and what their tokens say.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use unjwt::keys::RemoteKeys;
use unjwt::{Jwk, JwsKey, SessionConfigs as _};

use crate::support::{self, *};

#[tokio::test]
async fn a_discovered_issuer_is_required_of_any_session() {
    let k = es("k");
    let s = set(&[&k]);
    let keys = RemoteKeys::discover_with(A, move |url: String| {
        let r = if url.ends_with("openid-configuration") {
            json!({"issuer": A, "jwks_uri": "https://a.example/k1"}).to_string()
        } else {
            s.clone()
        };
        async move { Ok::<_, std::io::Error>(r) }
    })
    .await
    .unwrap();
    let Ok(t) = OwnRead::config(&keys).build() else { return };
    // Keys shared by tenants, as those of Firebase.
    let token = sign(&k, "https://another-tenant.example", |c| {
        c.as_object_mut().unwrap().remove("aud");
    });
    let r = t.verify_without_hooks(&token).await;
    assert!(r.is_err(), "accepted {r:?}");
}

#[tokio::test]
async fn a_claim_of_others_is_not_ours() {
    let k = es("k");
    let t = Aged::config(JwsKey::verify_only(k.public().unwrap())).issuer(A).build().unwrap();
    assert_eq!(kind(&t, &sign(&k, A, |c| c["rm"] = 5.into())).await, None);
}

#[tokio::test]
async fn no_way_of_writing_the_issuer_is_another_one() {
    let (a, b) = (es("k"), es("k"));
    let t = Access::config(JwsKey::verify_only(a.public().unwrap()))
        .issuer(A)
        .also_trusts(B, ["api"], JwsKey::verify_only(b.public().unwrap()))
        .build()
        .unwrap();
    let raw = |key: &Jwk, c: &str| support::sign_es256(key, r#"{"alg":"ES256","kid":"k"}"#, c);
    let exp = now() + 600;
    for c in [
        format!(r#"{{"iss":"{A}","iss":"{B}","aud":"api","sub":"u","exp":{exp}}}"#),
        format!(r#"{{"iss":"{B}","iss":"{A}","aud":"api","sub":"u","exp":{exp}}}"#),
        format!(r#"{{"iss":"{A}","\u0069ss":"{B}","aud":"api","sub":"u","exp":{exp}}}"#),
        format!(r#"{{"\u0069ss":"{B}","iss":"{A}","aud":"api","sub":"u","exp":{exp}}}"#),
        format!(r#"{{"iss":["{B}"],"aud":"api","sub":"u","exp":{exp}}}"#),
        format!(r#"{{"iss":null,"aud":"api","sub":"u","exp":{exp}}}"#),
        format!(r#"{{"x":{{"iss":"{A}"}},"aud":"api","sub":"u","exp":{exp}}}"#),
        format!(r#"[{{"iss":"{A}","aud":"api","sub":"u","exp":{exp}}}]"#),
        format!(r#"{{"iss":"{A}/","aud":"api","sub":"u","exp":{exp}}}"#),
    ] {
        for key in [&a, &b] {
            for _ in 0..3 {
                assert!(t.verify_without_hooks(&raw(key, &c)).await.is_err(), "{c}");
            }
        }
    }
    for (key, iss, ok) in [(&a, A, true), (&b, A, false), (&a, B, false), (&b, B, true)] {
        let token = sign(key, iss, |_| ());
        for _ in 0..3 {
            assert_eq!(t.verify_without_hooks(&token).await.is_ok(), ok);
        }
        if ok {
            assert_eq!(t.verify_without_hooks(&token).await.unwrap().issuer(), iss);
        }
    }
    let escaped = raw(&b, &format!(r#"{{"\u0069ss":"{B}","aud":"api","sub":"u","exp":{exp}}}"#));
    assert_eq!(t.verify_without_hooks(&escaped).await.unwrap().issuer(), B);
    // exp, aud
    for (c, ok) in [
        (json!({"iss":A,"aud":["x"],"sub":"u","exp":exp}), false),
        (json!({"iss":A,"aud":[],"sub":"u","exp":exp}), false),
        (json!({"iss":A,"aud":null,"sub":"u","exp":exp}), false),
        (json!({"iss":A,"aud":["api",1],"sub":"u","exp":exp}), false),
        (json!({"iss":A,"aud":"api","sub":"u"}), false),
        (json!({"iss":A,"aud":"api","sub":"u","exp":null}), false),
        (json!({"iss":A,"aud":"api","sub":"u","exp":"9999999999"}), false),
        (json!({"iss":A,"aud":"api","sub":"u","exp":-1}), false),
        (json!({"iss":A,"aud":"api","sub":"u","exp":now()}), false),
        (json!({"iss":A,"aud":"api","sub":"u","exp":u64::MAX}), true),
        (json!({"iss":A,"aud":"api","sub":"u","exp":exp,"jti":""}), false),
        (json!({"iss":A,"aud":"api","sub":"u","exp":exp,"iat":now()+120}), false),
        (json!({"iss":A,"aud":"api","sub":"u","exp":exp,"nbf":now()+5}), false),
    ] {
        assert_eq!(t.verify_without_hooks(&raw(&a, &c.to_string())).await.is_ok(), ok, "{c}");
    }
    // deep nesting and a huge token are refused without a crash
    let deep = raw(&a, &format!(r#"{{"x":{}{},"iss":"{A}"}}"#, "[".repeat(100_000), "]".repeat(100_000)));
    assert!(t.verify_without_hooks(&deep).await.is_err());
    let huge = format!("e30.{}.AAAA", "e30A".repeat(25_000_000));
    assert!(t.verify_without_hooks(&huge).await.is_err());
    let one = Access::config(JwsKey::verify_only(a.public().unwrap())).issuer(A).build().unwrap();
    assert!(one.verify_without_hooks(&huge).await.is_err());
}

#[tokio::test]
async fn an_issuer_that_is_out_does_not_hide_another_source() {
    use axum::routing::get;
    use tower::ServiceExt as _;
    let (a, a2, b) = (es("a"), es("a2"), es("b"));
    let body_ = body(set(&[&a, &a2]));
    let keys = remote(&body_, &Arc::default()).stale_for(Duration::from_millis(50)).await.unwrap();
    let config =
        Access::config(&keys).issuer(A).also_trusts(B, ["api"], JwsKey::verify_only(b.public().unwrap()));
    let app: axum::Router = unjwt::install(config, |h: unjwt::SessionHandle<Access>| {
        (axum::Router::new().route("/", get(async |t: Access| t.sub)), h)
    })
    .unwrap();
    *body_.lock().unwrap() = Err("down".into());
    ms(150).await;
    let req = |cookie: &str, header: &str| {
        let mut r = http::Request::get("/");
        if !cookie.is_empty() {
            r = r.header("cookie", format!("access={cookie}"));
        }
        if !header.is_empty() {
            r = r.header("authorization", format!("Bearer {header}"));
        }
        app.clone().oneshot(r.body(axum::body::Body::empty()).unwrap())
    };
    let (ta, tb) = (sign(&a, A, |_| ()), sign(&b, B, |_| ()));
    assert_eq!(req("", &ta).await.unwrap().status(), 503);
    assert_eq!(req("", &tb).await.unwrap().status(), 200);
    let forged = sign(&es("zz"), A, |_| ());
    assert_eq!(req(&forged, &tb).await.unwrap().status(), 200, "a planted cookie hides a good token");
}

/// What tells the tokens of others from ours is the key, the `typ` or the audience.
#[test]
fn an_own_session_that_would_take_foreign_tokens_does_not_start() {
    let key = es("k");
    let foreign = || Access::config(JwsKey::verify_only(key.public().unwrap())).issuer(A);
    let own = || OwnJwt::config(JwsKey::from_jwk(key.clone()));
    let error = (own(), foreign()).build().err().unwrap().to_string();
    assert!(error.contains("would accept each other's tokens"), "{error}");
    assert!((foreign(), own()).build().is_err());
    assert!((own().audience(["ours"]), foreign()).build().is_ok());
    assert!((OwnJwt::config(JwsKey::from_jwk(es("other"))), foreign()).build().is_ok());
}
