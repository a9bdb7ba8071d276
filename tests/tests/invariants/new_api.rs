//! A logout that always runs, outages with their own error, and a refusal that removes the cookie.

use std::future::pending;
use std::sync::Arc;

use axum::RequestPartsExt as _;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use unjwt::hooks::HookError;
use unjwt::{Error, ErrorKind, Logout, RejectionKind, SessionManager, SessionRejection, Status};

use super::kit::{ASKING, Access, Refresh, World, access, finish, is, name, routes, said, seen, soon};
use super::support::{Reply, reply};

/// The failure of a reading's hooks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outage {
    None,
    Fails,
    Hangs,
    Panics,
    Refuses,
}

const OUTAGES: [Outage; 5] = [Outage::None, Outage::Fails, Outage::Hangs, Outage::Panics, Outage::Refuses];

fn suffer(world: &World, outage: Outage) {
    macro_rules! hook {
        ($($hook:ident)*) => { $(
            world.access_hooks.$hook(move |_| Box::pin(async move {
                match outage {
                    Outage::Fails => Err(HookError::unavailable("the store is down")),
                    Outage::Hangs => pending().await,
                    Outage::Panics => panic!("a bug in a hook"),
                    Outage::None | Outage::Refuses => Ok(()),
                }
            }));
        )* };
    }
    hook!(on_read on_expire on_error renew);
    if outage == Outage::Refuses {
        world.access_hooks.on_read(|event| {
            Box::pin(async move {
                event.refuse();
                Ok(())
            })
        });
    }
}

async fn log_out(logout: Logout<Access>) -> Result<String, Error> {
    let who = name(logout.current().as_ref());
    logout.clear().await?;
    Ok(who)
}

/// The manager is taken after the logout, as another handler's extractor would.
async fn log_out_and_look(State(world): State<Arc<World>>, request: Request) -> String {
    let (mut parts, _) = request.into_parts();
    let logout: Logout<Access> = parts.extract_with_state(&world).await.unwrap();
    logout.clear().await.unwrap();
    let manager: SessionManager<Access> = parts.extract_with_state(&world).await.unwrap();
    format!("{:?} {:?}", seen(&manager), logout.current().is_some())
}

fn leaving() -> (Router, Arc<World>) {
    World::serve(|_| Router::new().route("/out", post(log_out)).route("/look", post(log_out_and_look)))
}

async fn send(router: &Router, path: &str, cookie: &str) -> Reply {
    soon(reply(router, http::Request::post(path).header("cookie", cookie))).await
}

#[tokio::test(start_paused = true)]
async fn a_logout_runs_no_hook_of_a_reading_and_removes_the_cookie() {
    for outage in OUTAGES {
        let (router, world) = leaving();
        suffer(&world, outage);
        let expired = world.access_cookie("ada");
        world.clock.seconds(15 * 60);
        for (cookie, who) in [
            (world.access_cookie("ada"), "ada"),
            (expired, "nobody"),
            ("access=a.b.c".to_owned(), "nobody"),
            ("access=__chunked__2".to_owned(), "nobody"),
            ("other=1".to_owned(), "nobody"),
        ] {
            let reply = send(&router, "/out", &cookie).await;
            assert_eq!((reply.status, reply.body.as_str()), (StatusCode::OK, who), "{outage:?}");
            assert_eq!(said(&reply.set_cookies())[0], "access removed", "{outage:?} {who}");
            assert_eq!(world.log(), ["access on_clear"], "{outage:?} {who}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_was_logged_out_is_ended_for_the_rest_of_the_request() {
    for outage in OUTAGES {
        let (router, world) = leaving();
        suffer(&world, outage);
        let reply = send(&router, "/look", &world.access_cookie("ada")).await;
        assert_eq!(reply.body, r#"("nobody", Cleared) false"#, "{outage:?}");
        assert_eq!(said(&reply.set_cookies()), ["access removed"], "{outage:?}");
        assert_eq!(world.log(), ["access on_clear"], "{outage:?}");
    }
}

#[tokio::test]
async fn a_logout_whose_on_clear_fails_is_an_error_and_removes_the_cookie() {
    let (router, world) = leaving();
    world.access_hooks.on_clear(|_| Box::pin(async { Err(HookError::unavailable("the store is down")) }));
    let reply = send(&router, "/out", &world.access_cookie("ada")).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(reply.headers.contains_key(RETRY_AFTER));
    assert_eq!(said(&reply.set_cookies()), ["access removed"]);
}

/// Begins a reading that never ends, and goes on.
async fn beside(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let (mut asked, state) = (parts.clone(), Arc::clone(&world));
    tokio::spawn(
        async move { asked.extract_with_state::<SessionManager<Access>, _>(&state).await.map(drop) },
    );
    world.gate.reached().await;
    next.run(Request::from_parts(parts, body)).await
}

#[tokio::test(start_paused = true)]
async fn a_logout_does_not_wait_for_a_reading_that_hangs() {
    let (router, world) = World::serve(|world| {
        let log_out_and_look = async |logout: Logout<Access>| {
            let who = name(logout.current().as_ref());
            logout.clear().await.unwrap();
            format!("{who} {}", name(logout.current().as_ref()))
        };
        let outside = middleware::from_fn_with_state(Arc::clone(world), beside);
        Router::new().route("/out", post(log_out_and_look)).layer(outside)
    });
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            event.state().gate.arrive();
            pending().await
        })
    });
    let reply = send(&router, "/out", &world.access_cookie("ada")).await;
    assert_eq!((reply.status, reply.body.as_str()), (StatusCode::OK, "ada nobody"));
    assert_eq!(said(&reply.set_cookies()), ["access removed"]);
}

#[tokio::test(start_paused = true)]
async fn a_reading_that_ends_after_a_logout_does_not_undo_it() {
    let (router, world) = World::serve(|world| {
        let log_out_and_wait = async |State(world): State<Arc<World>>, logout: Logout<Access>| {
            logout.clear().await.unwrap();
            // The reading goes on, writes and approves.
            world.second_gate.open();
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            logout.current().is_some().to_string()
        };
        let outside = middleware::from_fn_with_state(Arc::clone(world), beside);
        Router::new().route("/out", post(log_out_and_wait)).layer(outside)
    });
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            event.state().gate.arrive();
            event.state().second_gate.pass().await;
            let _ = event.session().update_with(|access| access.sub.push_str(", seen")).await;
            Ok(())
        })
    });
    let reply = send(&router, "/out", &world.access_cookie("ada")).await;
    assert_eq!((reply.status, reply.body.as_str()), (StatusCode::OK, "false"));
    assert_eq!(said(&reply.set_cookies()), ["access removed"]);
}

#[tokio::test]
async fn every_other_extractor_answers_an_outage_with_503_and_says_when_to_come_back() {
    let (router, world) = World::serve(|_| {
        let kind = async |access: Result<Access, SessionRejection>| {
            let rejection = access.unwrap_err();
            assert!(!rejection.needs_sign_in());
            assert_eq!(rejection.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(rejection.kind(), RejectionKind::Unavailable);
        };
        routes().route("/kind", get(kind))
    });
    suffer(&world, Outage::Fails);
    let expired = world.access_cookie("ada");
    world.clock.seconds(15 * 60);
    for cookie in [world.access_cookie("ada"), expired, "access=a.b.c".to_owned(), "other=1".to_owned()] {
        for (path, ..) in ASKING {
            let reply = reply(&router, http::Request::get(path).header("cookie", &cookie)).await;
            assert_eq!((reply.status, reply.body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, ""), "{path}");
            assert!(reply.headers.contains_key(RETRY_AFTER), "{path}");
            assert!(reply.set_cookies().is_empty(), "{path}");
        }
        let told = reply(&router, http::Request::get("/kind").header("cookie", &cookie)).await;
        assert_eq!(told.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn an_outage_keeps_its_kind_through_the_hook_of_another_session_and_through_a_write() {
    let world = World::new();
    world.refresh_hooks.on_read(|_| Box::pin(async { Err(HookError::unavailable("the store is down")) }));
    world.access_hooks.renew(|event| {
        Box::pin(async move {
            event.other::<Refresh>().await?;
            Ok(())
        })
    });
    let context = world.context(&[world.refresh_cookie("ada")]);
    assert_eq!(world.access.get(&context).await.unwrap_err().kind(), ErrorKind::Unavailable);

    world.access_hooks.on_update(|_| Box::pin(async { Err(HookError::unavailable("the store is down")) }));
    let context = world.context(&[world.access_cookie("ada")]);
    let error = world.access.replace(&context, access("eve")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let response = axum::response::IntoResponse::into_response(error);
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key(RETRY_AFTER));
    assert!(finish(&context).is_empty());
}

#[tokio::test]
async fn an_outage_is_503_and_its_text_is_for_the_log_alone() {
    let error = HookError::unavailable("the store is down");
    assert_eq!(error.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(error.to_string(), "the store is down");
}

/// `on_read` writes, and then refuses and forgets.
fn forgetting(world: &World) {
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            event.session().replace(access("planted")).await?;
            event.refuse_and_forget();
            event.state().note(format!("{:?}", seen(event.session())));
            Ok(())
        })
    });
}

#[tokio::test]
async fn a_refusal_that_forgets_removes_the_cookie() {
    let world = World::new();
    forgetting(&world);
    let context = world.context(&[world.access_cookie("banned")]);
    let manager = world.access.manager(&context).await.unwrap();
    assert_eq!(seen(&manager), is("nobody", Status::Rejected));
    assert_eq!(
        world.log(),
        ["access on_read banned", "access on_update planted", r#"("nobody", Rejected)"#],
        "at once, and neither renewed nor told to `on_clear`"
    );
    assert_eq!(said(&finish(&context)), ["access removed"]);
}

#[tokio::test]
async fn a_refusal_that_forgets_removes_the_cookie_for_every_extractor() {
    let (router, world) = World::serve(|_| routes());
    forgetting(&world);
    for (path, status, body) in ASKING {
        let request = http::Request::get(path).header("cookie", world.access_cookie("banned"));
        let reply = reply(&router, request).await;
        assert_eq!((reply.status, reply.body.as_str()), (status, body), "{path}");
        assert_eq!(said(&reply.set_cookies()), ["access removed"], "{path}");
    }
}

#[tokio::test]
async fn a_login_after_a_refusal_that_forgets_is_sent_instead_of_the_removal() {
    let world = World::new();
    forgetting(&world);
    let context = world.context(&[world.access_cookie("banned")]);
    let login = world.access.replace(&context, access("ada")).await.unwrap();
    let mut headers = HeaderMap::new();
    context.finish(&mut headers);
    let cookies = super::support::set_cookies(&headers);
    assert_eq!(said(&cookies), ["access set"]);
    assert_eq!(cookies[0].value, login.token.as_str());
}
