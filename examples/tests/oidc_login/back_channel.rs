//! Logouts that the provider sends.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::support::client::{Answer, Client, now};
use crate::support::oidc_login::{Service, who};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The claims of a good token, with members changed, and removed where the change is `null`.
fn claims(service: &Service, change: &Value) -> Value {
    let mut claims = json!({
        "iss": service.provider.url(), "aud": "web", "iat": now(), "exp": now() + 120,
        "jti": format!("{:?}", std::time::Instant::now()), "events": { EVENT: {} }, "sub": "ada",
    });
    if let (Some(claims), Some(change)) = (claims.as_object_mut(), change.as_object()) {
        for (name, value) in change {
            claims.insert(name.clone(), value.clone());
        }
        claims.retain(|_, value| !value.is_null());
    }
    claims
}

fn send(client: &mut Client, token: &str) -> Result<Answer> {
    let form = Some("application/x-www-form-urlencoded");
    let answer = client.send("POST", "/backchannel-logout", form, &format!("logout_token={token}"))?;
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
    assert_eq!((answer.body.as_str(), answer.set_cookies.len()), ("", 0), "{answer:?}");
    Ok(answer)
}

#[test]
fn one_session_of_the_provider_ends_or_all_of_a_user() -> Result<()> {
    let Some(service) = Service::start("oidc-back-channel")? else { return Ok(()) };
    let mut browsers = [service.client(), service.client(), service.client()];
    for (browser, user) in browsers.iter_mut().zip(["ada", "ada", "bob"]) {
        service.sign_in(browser, user)?;
    }
    let mut who_is_in = || -> Result<Vec<String>> { browsers.iter_mut().map(who).collect() };
    assert_eq!(who_is_in()?, ["ada", "ada", "bob"]);

    let sids = service.provider.sids("ada");
    let first = sids.first().context("no session")?;
    assert!(service.provider.send_logout("ada", first));
    assert_eq!(who_is_in()?, ["nobody", "ada", "bob"]);

    let token = service.provider.sign(&json!({ "typ": "logout+jwt" }), &claims(&service, &json!({})));
    assert_eq!(send(&mut service.client(), &token)?.status, 200);
    assert_eq!(who_is_in()?, ["nobody", "nobody", "bob"]);

    // The users may sign in again, and a token of before does not end that.
    let mut again = service.client();
    service.sign_in(&mut again, "ada")?;
    assert_eq!(send(&mut service.client(), &token)?.status, 400, "used before");
    assert_eq!(who(&mut again)?, "ada");
    Ok(())
}

#[test]
fn every_other_token_is_refused() -> Result<()> {
    let Some(service) = Service::start("oidc-back-channel-refused")? else { return Ok(()) };
    let (provider, mut ada, mut sender) = (&service.provider, service.client(), service.client());
    service.sign_in(&mut ada, "ada")?;
    let sid = provider.sids("ada");

    let changes = [
        json!({ "iss": "https://evil.example" }),
        json!({ "aud": "machine" }),
        json!({ "iat": now() + 3600, "exp": now() + 7200 }),
        json!({ "iat": now() - 3600 }),
        json!({ "iat": now() - 300, "exp": now() - 200 }),
        json!({ "iat": null }),
        json!({ "exp": null }),
        json!({ "jti": null }),
        json!({ "events": null }),
        json!({ "events": { "http://schemas.openid.net/event/other": {} } }),
        json!({ "nonce": "n" }),
        json!({ "sub": null }),
    ];
    for change in changes {
        let token = provider.sign(&json!({ "typ": "logout+jwt" }), &claims(&service, &change));
        assert_eq!(send(&mut sender, &token)?.status, 400, "{change}");
    }
    for typ in ["JWT", "at+jwt"] {
        let token = provider.sign(&json!({ "typ": typ }), &claims(&service, &json!({})));
        assert_eq!(send(&mut sender, &token)?.status, 400, "{typ}");
    }
    let good =
        provider.sign(&json!({ "typ": "logout+jwt" }), &claims(&service, &json!({ "sid": sid.first() })));
    let (body, _) = good.rsplit_once('.').context("no token")?;
    let (_, payload) = body.split_once('.').context("no token")?;
    let none = format!("eyJhbGciOiJub25lIiwidHlwIjoibG9nb3V0K2p3dCJ9.{payload}.");
    for token in [
        none,
        format!("{body}."),
        format!("{body}.AAAA"),
        provider.id_token("ada", &json!({})),
        String::new(),
    ] {
        assert_eq!(send(&mut sender, &token)?.status, 400, "{token}");
    }
    // A key that nobody knows, for which the keys are read again, and once at most for all.
    let unknown =
        provider.sign(&json!({ "typ": "logout+jwt", "kid": "unknown" }), &claims(&service, &json!({})));
    let before = provider.fetches().jwks;
    for _ in 0..3 {
        assert_eq!(send(&mut sender, &unknown)?.status, 400);
    }
    assert!(provider.fetches().jwks <= before + 1);

    assert_eq!(sender.post("/backchannel-logout")?.status, 400, "no form");
    assert_eq!(sender.get("/backchannel-logout")?.status, 405);
    assert_eq!(who(&mut ada)?, "ada");
    assert_eq!(send(&mut sender, &good)?.status, 200);
    assert_eq!(who(&mut ada)?, "nobody");
    Ok(())
}
