//! Password sessions: their derivations stay off the async threads and are bounded.

mod support;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::routing::get;
use http::header::RETRY_AFTER;
use http::{HeaderMap, Request, StatusCode};
use serde::{Deserialize, Serialize};
use support::{Browser, json_segment, reply};
use unjwt::{ErrorKind, JweKey, RequestContext, Session};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "pw", max_age = "1h")]
struct User {
    sub: String,
}

fn ada() -> User {
    User { sub: "ada".to_owned() }
}

const PASSWORD: &str = "correct horse battery staple";

#[tokio::test]
async fn a_password_session_is_what_npm_unjwt_makes_of_one() {
    let sessions = User::config(JweKey::password(PASSWORD).iterations(1_000)).build().unwrap();
    let (one, two) = (sessions.seal(&ada()).await.unwrap().token, sessions.seal(&ada()).await.unwrap().token);
    let header = json_segment(&one, 0);
    assert_eq!(header["alg"], "PBES2-HS256+A128KW");
    assert_eq!(header["enc"], "A256GCM");
    assert_eq!(header["p2c"], 1_000);
    assert_ne!(header["p2s"], json_segment(&two, 0)["p2s"], "a fresh salt for every token");
    assert_eq!(*sessions.unseal_without_hooks(&two).await.unwrap().data, ada());

    let default = User::config(JweKey::password(PASSWORD)).build().unwrap();
    assert_eq!(json_segment(&default.seal(&ada()).await.unwrap().token, 0)["p2c"], 600_000);
}

#[tokio::test]
async fn a_count_outside_the_range_is_refused() {
    let cheap = User::config(JweKey::password(PASSWORD).iterations(1_000)).build().unwrap();
    let token = cheap.seal(&ada()).await.unwrap().token;
    for (key, accepted) in [
        (JweKey::password(PASSWORD).iterations(2_000), false),
        (JweKey::password(PASSWORD).iterations(2_000).accept_iterations(1_000..=2_000), true),
    ] {
        let sessions = User::config(key).build().unwrap();
        match sessions.unseal_without_hooks(&token).await {
            Ok(read) => assert!(accepted && *read.data == ada()),
            Err(error) => assert!(!accepted && error.kind() == ErrorKind::JweInvalid, "{error:?}"),
        }
    }
}

/// The first poll of a future, without a runtime that could run anything else.
fn first_poll<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_derivation_never_runs_on_the_async_thread() {
    let sessions = User::config(JweKey::password(PASSWORD).iterations(100_000)).build().unwrap();
    let browser = Browser::with(&sessions.cookie_header(&ada()).unwrap());
    let fresh = User::config(JweKey::password(PASSWORD).iterations(100_000)).build().unwrap();
    let context = RequestContext::new(&browser.request_headers());
    assert!(first_poll(fresh.get(&context)).is_pending(), "a read of an unknown salt waits for a worker");
    assert!(first_poll(fresh.seal(&ada())).is_pending(), "so does a write");

    let context = RequestContext::new(&browser.request_headers());
    let known = first_poll(sessions.get(&context));
    let Poll::Ready(Ok(Some(current))) = known else {
        panic!("a salt that was derived before needs no worker")
    };
    assert_eq!(*current.data, ada());
}

#[tokio::test]
async fn requests_with_one_token_share_its_derivation() {
    // More than may wait for a worker.
    const REQUESTS: usize = 500;
    let config = || User::config(JweKey::password(PASSWORD).iterations(400_000));
    let cookie = config().build().unwrap().cookie_header(&ada()).unwrap();
    let router =
        unjwt::install(config(), |user| (Router::new().route("/", get(async |user: User| user.sub)), user))
            .unwrap();
    let requests: Vec<_> = (0..REQUESTS)
        .map(|_| {
            let (router, cookie) = (router.clone(), cookie.clone());
            tokio::spawn(async move { reply(&router, Request::get("/").header("cookie", cookie)).await })
        })
        .collect();
    for request in requests {
        let reply = request.await.unwrap();
        assert_eq!((reply.status, reply.body.as_str()), (StatusCode::OK, "ada"));
    }
}

#[tokio::test]
async fn too_many_derivations_are_answered_later_and_log_nobody_out() {
    const CLIENTS: usize = 400;
    let sessions = User::config(JweKey::password(PASSWORD).iterations(400_000)).build().unwrap();
    let router = unjwt::install(User::config(JweKey::password(PASSWORD).iterations(400_000)), |user| {
        (
            Router::new().route(
                "/",
                get(async |user: Option<User>| user.map_or("nobody".to_owned(), |user| user.sub)),
            ),
            user,
        )
    })
    .unwrap();

    // The key wrap of a stranger's token fails only after the derivation.
    let other =
        User::config(JweKey::password("another password altogether").iterations(400_000)).build().unwrap();
    let forged = other.cookie_header(&ada()).unwrap().to_str().unwrap().to_owned();
    let salts = (0..CLIENTS).map(|number| {
        // Each its own token: the tag's first characters differ.
        let tag = forged.len() - 22;
        let mut cookie = forged.clone();
        cookie.replace_range(tag..tag + 3, &format!("{number:03}"));
        let router = router.clone();
        tokio::spawn(async move { reply(&router, Request::get("/").header("cookie", cookie)).await })
    });
    let clients: Vec<_> = salts.collect();
    let (mut refused, mut anonymous) = (0, 0);
    for client in clients {
        let reply = client.await.unwrap();
        match reply.status {
            StatusCode::SERVICE_UNAVAILABLE => {
                assert!(reply.headers.contains_key(RETRY_AFTER));
                assert!(reply.set_cookies().is_empty(), "a busy server logs nobody out");
                refused += 1;
            }
            StatusCode::OK => {
                assert_eq!(reply.body, "nobody");
                anonymous += 1;
            }
            other => panic!("{other}"),
        }
    }
    println!("{refused} of {CLIENTS} were asked to come back later");
    assert!(refused > 0 && anonymous > 0);

    // With the queue empty again, everything works.
    let mut browser = Browser::with(&sessions.cookie_header(&ada()).unwrap());
    assert_eq!(browser.get(&router, "/").await.body, "ada");
    let context = RequestContext::new(&HeaderMap::new());
    assert!(sessions.get(&context).await.unwrap().is_none());
}
