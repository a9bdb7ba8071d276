//! A rejected token is renewed like an expired one, unless a hook refused it; no verdict removes a cookie,
//! but for an expired one where nothing renews.

use std::sync::Arc;

use axum::Router;
use http::{HeaderMap, Request, StatusCode};
use serde::{Deserialize, Serialize};
use unjwt::hooks::HookError;
use unjwt::{ErrorKind, JwsKey, RequestContext, Session, Status};

use super::kit::{ACCESS_KEY, ASKING, Refresh, World, access, finish, is, routes, said, seen, value};
use super::support::{TestClock, reply};

/// `renew` makes a session from the refresh session.
fn renewing(world: &World) {
    world.access_hooks.renew(|event| {
        Box::pin(async move {
            if let Some(refresh) = event.other::<Refresh>().await?.current() {
                event.session().replace(access(&refresh.data.sub)).await?;
            }
            Ok(())
        })
    });
}

/// The access session as it was before its struct got the field that it has now.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "access", max_age = "15m")]
struct OldAccess {
    user: u32,
}

/// The access session as another service has it.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "access", max_age = "15m")]
struct ForeignAccess {
    sub: String,
}

/// Tokens that are rejected, each with the reason.
fn rejected(world: &World) -> Vec<(&'static str, String)> {
    let own = world.access_token("ada");
    let old = OldAccess::config(JwsKey::secret(ACCESS_KEY)).clock(world.clock.read()).build().unwrap();
    let foreign = ForeignAccess::config(JwsKey::secret([9; 32])).clock(world.clock.read()).build().unwrap();
    let cookie = |header: http::HeaderValue| value(header.to_str().unwrap());
    vec![
        ("bad signature", format!("{}AAAA", &own[..own.len() - 4])),
        ("changed struct", cookie(old.cookie_header(&OldAccess { user: 7 }).unwrap())),
        ("foreign key", cookie(foreign.cookie_header(&ForeignAccess { sub: "ada".to_owned() }).unwrap())),
        ("no token", "garbage".to_owned()),
        ("missing chunks", "__chunked__2".to_owned()),
    ]
}

#[tokio::test]
async fn a_rejected_token_is_told_to_on_error_and_then_renewed() {
    let world = World::new();
    renewing(&world);
    for (why, token) in rejected(&world) {
        let context = world.context(&[format!("access={token}"), world.refresh_cookie("ada")]);
        let manager = world.access.manager(&context).await.unwrap();
        assert_eq!(seen(&manager), is("ada", Status::Valid), "{why}");
        assert_eq!(
            world.log(),
            ["access on_error read", "access renew", "refresh on_read ada", "access on_update ada"],
            "{why}"
        );
        let cookies = finish(&context);
        assert!(said(&cookies).contains(&"access set".to_owned()), "{why}: {:?}", said(&cookies));
        let set = cookies.iter().find(|cookie| cookie.name == "access").unwrap();
        assert_eq!(set.value, manager.token().unwrap().as_str(), "{why}");
    }
}

#[tokio::test]
async fn a_rejected_token_is_renewed_for_every_extractor() {
    let (router, world): (Router, Arc<World>) = World::serve(|_| routes());
    renewing(&world);
    for (why, token) in rejected(&world) {
        for (path, ..) in ASKING {
            let sent = format!("access={token}; {}", world.refresh_cookie("ada"));
            let reply = reply(&router, Request::get(path).header("cookie", sent)).await;
            assert_eq!((reply.status, reply.body.as_str()), (StatusCode::OK, "ada"), "{why} {path}");
        }
    }
}

#[tokio::test]
async fn a_rejected_token_that_is_not_renewed_stays_rejected_and_keeps_its_cookie() {
    let (router, world): (Router, Arc<World>) = World::serve(|_| routes());
    renewing(&world);
    for (why, token) in rejected(&world) {
        for (path, status, body) in ASKING {
            let request = Request::get(path).header("cookie", format!("access={token}"));
            let reply = reply(&router, request).await;
            assert_eq!((reply.status, reply.body.as_str()), (status, body), "{why} {path}");
            assert!(reply.set_cookies().is_empty(), "{why} {path}");
            assert_eq!(world.runs("access renew"), 1, "{why} {path}: it was asked");
            world.log();
        }
        let context = world.context(&[format!("access={token}")]);
        assert_eq!(world.access.manager(&context).await.unwrap().status(), Status::Rejected, "{why}");
        world.log();
    }
}

#[tokio::test]
async fn a_refused_token_is_not_renewed() {
    let world = World::new();
    renewing(&world);
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            event.refuse();
            Ok(())
        })
    });
    let context = world.context(&[world.access_cookie("ada"), world.refresh_cookie("ada")]);
    let manager = world.access.manager(&context).await.unwrap();
    assert_eq!(seen(&manager), is("nobody", Status::Rejected));
    assert_eq!(world.log(), ["access on_read ada"]);
    assert!(finish(&context).is_empty());
}

#[tokio::test]
async fn a_refused_refresh_session_renews_no_rejected_access_session() {
    let world = World::new();
    renewing(&world);
    world.refresh_hooks.on_read(|event| {
        Box::pin(async move {
            event.refuse();
            Ok(())
        })
    });
    let context = world.context(&["access=a.b.c".to_owned(), world.refresh_cookie("banned")]);
    let manager = world.access.manager(&context).await.unwrap();
    assert_eq!(seen(&manager), is("nobody", Status::Rejected));
    assert_eq!(world.log(), ["access on_error read", "access renew", "refresh on_read banned"]);
    assert!(finish(&context).is_empty());
}

#[tokio::test]
async fn what_on_error_began_or_ended_is_not_renewed() {
    for ends in [false, true] {
        let world = World::new();
        renewing(&world);
        world.access_hooks.on_error(move |event| {
            Box::pin(async move {
                if ends {
                    event.session().clear().await?;
                } else {
                    event.session().replace(access("begun")).await?;
                }
                Ok(())
            })
        });
        let context = world.context(&["access=a.b.c".to_owned(), world.refresh_cookie("ada")]);
        let manager = world.access.manager(&context).await.unwrap();
        let expected = if ends { is("nobody", Status::Cleared) } else { is("begun", Status::Valid) };
        assert_eq!(seen(&manager), expected);
        assert_eq!(world.runs("access renew"), 0);
        assert_eq!(said(&finish(&context)), [if ends { "access removed" } else { "access set" }]);
    }
}

#[tokio::test]
async fn a_failing_on_error_is_an_outage_and_renews_nothing() {
    let world = World::new();
    renewing(&world);
    world.access_hooks.on_error(|_| Box::pin(async { Err(HookError::new("the store is down")) }));
    let context = world.context(&["access=a.b.c".to_owned(), world.refresh_cookie("ada")]);
    assert_eq!(world.access.get(&context).await.unwrap_err().kind(), ErrorKind::Hook);
    assert_eq!(world.runs("access renew"), 0);
    assert!(finish(&context).is_empty());
}

#[tokio::test]
async fn a_failing_renew_of_a_rejected_token_is_an_outage_and_removes_no_cookie() {
    let world = World::new();
    world.access_hooks.renew(|_| Box::pin(async { Err(HookError::new("the store is down")) }));
    let context = world.context(&["access=a.b.c".to_owned()]);
    assert_eq!(world.access.get(&context).await.unwrap_err().kind(), ErrorKind::Hook);
    assert!(finish(&context).is_empty());
}

#[tokio::test]
async fn an_expired_cookie_stays_where_renew_writes_nothing() {
    let world = World::new();
    renewing(&world);
    let cookie = world.access_cookie("ada");
    world.clock.seconds(15 * 60);
    let context = world.context(&[cookie]);
    let manager = world.access.manager(&context).await.unwrap();
    assert_eq!(seen(&manager), is("nobody", Status::Expired));
    assert_eq!(world.log(), ["access on_expire ada", "access renew ada", "refresh renew"]);
    assert!(finish(&context).is_empty());
}

#[tokio::test]
async fn without_renew_an_expired_cookie_is_removed_and_a_rejected_one_is_not() {
    let clock = TestClock::new();
    let tokens = OldAccess::config(JwsKey::secret(ACCESS_KEY)).clock(clock.read()).build().unwrap();
    let expired = tokens.cookie_header(&OldAccess { user: 7 }).unwrap();
    clock.seconds(15 * 60);
    let foreign = OldAccess::config(JwsKey::secret([9; 32])).clock(clock.read()).build().unwrap();
    let foreign = foreign.cookie_header(&OldAccess { user: 7 }).unwrap();
    for (cookie, status, carried) in [
        (expired, Status::Expired, vec!["access removed".to_owned()]),
        (foreign, Status::Rejected, Vec::new()),
        ("access=garbage".parse().unwrap(), Status::Rejected, Vec::new()),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("cookie", cookie);
        let context = RequestContext::new(&headers);
        assert_eq!(tokens.manager(&context).await.unwrap().status(), status);
        assert_eq!(said(&finish(&context)), carried, "{status:?}");
    }
}
