//! Faults of the service are not reported as the client's: an outage is not a missing session.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::{get, post};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, Request, StatusCode};
use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookError, KeyLookup};
use unjwt::{
    ErrorKind, JwsKey, RequestContext, Session, SessionHandle, SessionManager, SessionRejection, SessionState,
};

use super::heard::{heard, listen};
use super::kit::{ASKING, World, finish, routes};
use super::support::reply;

fn down() -> HookError {
    HookError::new("the store is down")
}

/// Has the hook that the request's cookie leads to fail.
fn failing(world: &World, status: Option<StatusCode>) {
    let error = move || status.map_or_else(down, |status| down().with_status(status));
    world.access_hooks.on_read(move |_| Box::pin(async move { Err(error()) }));
    world.access_hooks.on_expire(move |_| Box::pin(async move { Err(error()) }));
    world.access_hooks.on_error(move |_| Box::pin(async move { Err(error()) }));
    world.access_hooks.renew(move |_| Box::pin(async move { Err(error()) }));
}

#[tokio::test]
async fn every_extractor_answers_the_failure_of_a_hook_with_its_status() {
    let (router, world): (Router, Arc<World>) = World::serve(|_| routes());
    let expired = world.access_cookie("ada");
    world.clock.seconds(15 * 60);
    for (chosen, status) in [
        (None, StatusCode::INTERNAL_SERVER_ERROR),
        (Some(StatusCode::SERVICE_UNAVAILABLE), StatusCode::SERVICE_UNAVAILABLE),
        (Some(StatusCode::BAD_GATEWAY), StatusCode::BAD_GATEWAY),
        (Some(StatusCode::UNAUTHORIZED), StatusCode::UNAUTHORIZED),
    ] {
        failing(&world, chosen);
        for cookie in
            [world.access_cookie("ada"), expired.clone(), "access=a.b.c".to_owned(), "x=y".to_owned()]
        {
            for (path, ..) in ASKING {
                let reply = reply(&router, Request::get(path).header("cookie", &cookie)).await;
                assert_eq!(
                    (reply.status, reply.body.as_str()),
                    (status, ""),
                    "{path} {}",
                    &cookie[..8.min(cookie.len())]
                );
                assert!(reply.set_cookies().is_empty(), "{path}");
            }
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, Session)]
#[session(jws, name = "looked", max_age = "1h", state = Arc<Keys>, hooks(key_lookup = look_up))]
struct Looked {
    sub: String,
}

#[derive(SessionState)]
struct Keys {
    looked: SessionHandle<Looked>,
    /// The results of the look-ups, one after the other; then none.
    found: Mutex<Vec<Result<Option<JwsKey>, HookError>>>,
}

async fn look_up(event: KeyLookup<'_, Looked>) -> Result<Option<JwsKey>, HookError> {
    event.state().found.lock().unwrap().pop().unwrap_or(Ok(None))
}

fn looked() -> Looked {
    Looked { sub: "ada".to_owned() }
}

fn keys(found: Vec<Result<Option<JwsKey>, HookError>>) -> (Router, Arc<Keys>) {
    async fn result(looked: Result<Looked, SessionRejection>) -> String {
        match looked {
            Ok(looked) => looked.sub,
            Err(rejection) => format!("{:?}", rejection.needs_sign_in()),
        }
    }
    let mut kept = None;
    let router = unjwt::install(Looked::config(JwsKey::secret([4; 32])), |looked| {
        let keys = Arc::new(Keys { looked, found: Mutex::new(found) });
        kept = Some(Arc::clone(&keys));
        let router = Router::new()
            .route("/data", get(async |looked: Looked| looked.sub))
            .route("/maybe", get(async |looked: Option<Looked>| format!("{}", looked.is_some())))
            .route("/manager", get(async |looked: SessionManager<Looked>| format!("{:?}", looked.status())))
            .route("/result", get(result));
        (router, keys)
    });
    (router.unwrap(), kept.unwrap())
}

/// A key that no session of this algorithm can use.
fn unusable() -> Result<Option<JwsKey>, HookError> {
    Ok(Some(JwsKey::secret([4; 31])))
}

#[tokio::test]
async fn a_looked_up_key_that_is_unusable_is_the_service_s_fault() {
    listen();
    for (path, status, body) in [
        ("/data", StatusCode::INTERNAL_SERVER_ERROR, ""),
        ("/maybe", StatusCode::INTERNAL_SERVER_ERROR, ""),
        ("/manager", StatusCode::INTERNAL_SERVER_ERROR, ""),
        ("/result", StatusCode::OK, "false"),
    ] {
        let (router, keys) = keys(vec![unusable()]);
        let cookie = keys.looked.cookie_header(&looked()).unwrap();
        let reply = reply(&router, Request::get(path).header("cookie", cookie)).await;
        assert_eq!((reply.status, reply.body.as_str()), (status, body), "{path}");
        assert!(!reply.headers.contains_key(WWW_AUTHENTICATE) && reply.set_cookies().is_empty(), "{path}");
    }
    let log = heard();
    let line = log.lines().find(|line| line.contains("unusable")).expect("a line of log");
    assert!(line.contains("ERROR") && line.contains("Looked") && line.contains("key_lookup"), "{line}");
}

#[tokio::test]
async fn an_unusable_key_is_told_as_such() {
    let (_, keys) = keys(vec![unusable()]);
    let mut headers = HeaderMap::new();
    headers.insert("cookie", keys.looked.cookie_header(&looked()).unwrap());
    let context = RequestContext::with_state(&headers, Arc::clone(&keys));
    assert_eq!(keys.looked.get(&context).await.unwrap_err().kind(), ErrorKind::KeyUnusable);
    assert!(finish(&context).is_empty());
}

#[tokio::test]
async fn a_look_up_that_failed_is_tried_again_by_the_next_who_asks() {
    for failed in [Err(down()), unusable()] {
        let (_, keys) = keys(vec![failed]);
        let mut headers = HeaderMap::new();
        headers.insert("cookie", keys.looked.cookie_header(&looked()).unwrap());
        let context = RequestContext::with_state(&headers, Arc::clone(&keys));
        assert!(keys.looked.get(&context).await.is_err());
        assert_eq!(keys.looked.get(&context).await.unwrap().unwrap().data.sub, "ada");
    }
}

fn no_id() -> String {
    String::new()
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "nameless", max_age = "1h", id = no_id)]
struct Nameless {}

#[tokio::test]
async fn an_id_function_that_returns_nothing_is_the_service_s_fault() {
    let router =
        unjwt::install(Nameless::config(JwsKey::secret([5; 32])), |handle: SessionHandle<Nameless>| {
            let login =
                async |manager: SessionManager<Nameless>| manager.replace(Nameless {}).await.map(drop);
            (Router::new().route("/", post(login)), handle)
        });
    let reply = reply(&router.unwrap(), Request::post("/")).await;
    assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!reply.headers.contains_key(WWW_AUTHENTICATE) && reply.set_cookies().is_empty());
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "issued", max_age = "1h")]
struct Issued {}

#[tokio::test]
async fn a_missing_issuer_is_told_as_a_missing_issuer() {
    let nobody = Issued::config(JwsKey::secret([6; 32])).build().unwrap();
    let issuer = Issued::config(JwsKey::secret([6; 32])).issuer("https://example.com").build().unwrap();
    let token = nobody.sign(&Issued {}).await.unwrap().token;
    let error = issuer.verify_without_hooks(&token).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ClaimMissing);
    assert!(error.to_string().contains("`iss`") && !error.to_string().contains("`sub`"), "{error}");
}
