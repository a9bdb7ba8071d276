//! Responses of a router to refused tokens.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::{HeaderMap, Request, StatusCode};
use serde::{Deserialize, Serialize};
use unjwt::{Config, JweKey, Session};
use unjwt_tests::told;

use super::forgeries::{changed, under_the_key};
use super::keys::{Family, families};
use super::support::{TestClock, reply};

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "user", max_age = "1h")]
struct User {
    sub: String,
}

/// Its tokens pass for those of `User` until the claims are read.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "user", max_age = "1h")]
struct Device {
    serial: u32,
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "admin", max_age = "1h")]
struct Admin {
    sub: String,
}

const ISSUER: &str = "https://id.example.com";

fn ada() -> User {
    User { sub: "ada".to_owned() }
}

async fn sealed(config: Config<User>) -> String {
    config.build().unwrap().seal(&ada()).await.unwrap().token.as_str().to_owned()
}

/// Genuine tokens of the right key with the wrong claims, and of other keys and sessions.
async fn of_others(family: &Family, clock: &TestClock) -> Vec<(String, String)> {
    let users =
        |key: &JweKey| User::config(key.clone()).anyone_with_the_public_key_may_write().clock(clock.read());
    let later = TestClock::new();
    later.advance(Duration::from_secs(clock.now() - later.now() + 86_400));
    let devices = Device::config(family.key.clone())
        .anyone_with_the_public_key_may_write()
        .issuer(ISSUER)
        .clock(clock.read())
        .build()
        .unwrap();
    let admins = Admin::config(family.key.clone())
        .anyone_with_the_public_key_may_write()
        .issuer(ISSUER)
        .clock(clock.read())
        .build()
        .unwrap();
    let tokens = [
        ("of another key", sealed(users(&family.other).issuer(ISSUER)).await),
        ("of no issuer", sealed(users(&family.key)).await),
        ("of another issuer", sealed(users(&family.key).issuer("https://evil.example")).await),
        (
            "of tomorrow",
            sealed(
                User::config(family.key.clone())
                    .anyone_with_the_public_key_may_write()
                    .issuer(ISSUER)
                    .clock(later.read()),
            )
            .await,
        ),
        ("of another struct", devices.seal(&Device { serial: 7 }).await.unwrap().token.as_str().to_owned()),
        (
            "of another session",
            admins.seal(&Admin { sub: "ada".to_owned() }).await.unwrap().token.as_str().to_owned(),
        ),
    ];
    tokens.map(|(name, token)| (name.to_owned(), token)).to_vec()
}

/// Status, headers and body, of a handler that needs the session and of one that does not.
async fn answers(router: &Router, header: &str, value: &str) -> Vec<(StatusCode, HeaderMap, String)> {
    let mut answers = Vec::new();
    for path in ["/", "/optional"] {
        let reply = reply(router, Request::get(path).header(header, value)).await;
        answers.push((reply.status, reply.headers, reply.body));
    }
    answers
}

#[tokio::test]
async fn every_refusal_looks_the_same() {
    let clock = TestClock::new();
    let (mut algorithms, mut refusals) = (0, 0);
    for family in families() {
        let config = || {
            User::config(family.key.clone())
                .anyone_with_the_public_key_may_write()
                .issuer(ISSUER)
                .clock(clock.read())
        };
        let router = unjwt::install(config(), |handle| {
            let optional = async |user: Option<User>| user.map_or("nobody".to_owned(), |user| user.sub);
            let routes = Router::new().route("/", get(async |user: User| user.sub));
            (routes.route("/optional", get(optional)), handle)
        })
        .unwrap();
        let (genuine, second) = (sealed(config()).await, sealed(config()).await);
        let good = answers(&router, "cookie", &format!("user={genuine}")).await;
        assert!(
            good.iter().all(|(status, _, body)| *status == StatusCode::OK && body == "ada"),
            "{}",
            family.name
        );

        let refused = answers(&router, "cookie", "user=nonsense").await;
        assert_eq!((refused[0].0, refused[0].2.as_str()), (StatusCode::UNAUTHORIZED, ""));
        assert_eq!((refused[1].0, refused[1].2.as_str()), (StatusCode::OK, "nobody"));
        let mut forged = changed(&genuine, &second);
        forged.extend(under_the_key(&family, &genuine));
        forged.extend(of_others(&family, &clock).await);
        // With a shared key some change nothing.
        forged.retain(|(_, token)| *token != genuine && *token != second);
        for (what, token) in &forged {
            for (header, value) in [("cookie", format!("user={token}")), ("x-user-session", token.clone())] {
                let answer = answers(&router, header, &value).await;
                assert_eq!(answer, refused, "{}: {what} ({header})", family.name);
                refusals += 1;
            }
        }
        algorithms += 1;
    }
    told!("{refusals} refusals with {algorithms} kinds of keys, one answer");
    assert!(algorithms > 40 && refusals > 2_000);
}
