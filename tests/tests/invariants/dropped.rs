//! A request that is dropped before its response closes its sessions.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::routing::post;
use axum::{RequestPartsExt as _, Router};
use http::{Request, StatusCode};
use tower_http::timeout::TimeoutLayer;
use unjwt::{ErrorKind, SessionManager, Status};

use super::kit::{Access, AccessPatch, RESPONSE_SENT, World, access, is, name, seen, soon};
use super::support::reply;

/// Every write through the manager is an error, and changes nothing.
async fn is_closed(manager: &SessionManager<Access>, what: &str) {
    let before = name(manager.current().as_ref());
    let patch = || AccessPatch { sub: Some("eve".to_owned()) };
    for (write, end) in [
        ("replace", soon(manager.replace(access("eve"))).await.map(drop)),
        ("update", soon(manager.update(patch())).await.map(drop)),
        ("update_with", soon(manager.update_with(|access| access.sub = "eve".to_owned())).await.map(drop)),
        ("rotate", soon(manager.rotate()).await.map(drop)),
        ("clear", soon(manager.clear()).await),
    ] {
        let end = end.map_err(|error| error.kind());
        assert_eq!(end, Err(ErrorKind::ResponseSent), "{what}: {write}");
    }
    assert_eq!(name(manager.current().as_ref()), before, "{what}");
}

async fn keep_and_hang(State(world): State<Arc<World>>, manager: SessionManager<Access>) {
    world.keep_access(manager);
    world.gate.arrive();
    pending().await
}

async fn keep_and_panic(State(world): State<Arc<World>>, manager: SessionManager<Access>) {
    world.keep_access(manager);
    panic!("a bug in a handler");
}

fn serve() -> (Router, Arc<World>) {
    World::serve(|_| Router::new().route("/hang", post(keep_and_hang)).route("/panic", post(keep_and_panic)))
}

fn request(world: &World, path: &str) -> http::request::Builder {
    Request::post(path).header("cookie", world.access_cookie("ada"))
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_future_is_dropped_is_closed() {
    let (router, world) = serve();
    tokio::select! {
        biased;
        _ = reply(&router, request(&world, "/hang")) => panic!("it hangs"),
        () = world.gate.reached() => {}
    }
    is_closed(&world.take_access(), "dropped").await;
}

#[tokio::test(start_paused = true)]
async fn a_request_that_a_timeout_outside_ended_is_closed() {
    let (router, world) = serve();
    let timeout = TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_secs(9));
    let router = router.layer(timeout);
    assert_eq!(reply(&router, request(&world, "/hang")).await.status, StatusCode::GATEWAY_TIMEOUT);
    is_closed(&world.take_access(), "timeout").await;
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_handler_panicked_is_closed() {
    let (router, world) = serve();
    let panicking = request(&world, "/panic");
    let end = tokio::spawn(async move { reply(&router, panicking).await.status }).await;
    assert!(end.unwrap_err().is_panic());
    is_closed(&world.take_access(), "panic").await;
}

#[tokio::test(start_paused = true)]
async fn a_write_under_way_when_the_request_is_dropped_is_an_error() {
    let (router, world) = World::serve(|_| {
        let write = async |State(world): State<Arc<World>>, manager: SessionManager<Access>| {
            let session = manager.clone();
            world.spawn(async move { session.replace(access("eve")).await });
            world.second_gate.reached().await;
            keep_and_hang(State(world), manager).await
        };
        Router::new().route("/", post(write))
    });
    world.access_hooks.on_update(|event| {
        Box::pin(async move {
            event.state().second_gate.pass().await;
            Ok(())
        })
    });
    tokio::select! {
        biased;
        _ = reply(&router, request(&world, "/")) => panic!("it hangs"),
        () = world.gate.reached() => {}
    }
    world.second_gate.open();
    assert_eq!(world.written().await, [RESPONSE_SENT]);
    let manager = world.take_access();
    assert_eq!(name(manager.current().as_ref()), "ada", "what was not sent is not the session");
    is_closed(&manager, "dropped").await;
}

#[tokio::test(start_paused = true)]
async fn a_context_whose_last_clone_is_dropped_is_closed() {
    let world = World::new();
    let context = world.context(&[world.access_cookie("ada")]);
    let manager = world.access.manager(&context).await.unwrap();
    let clone = context.clone();
    drop(context);
    manager.rotate().await.expect("a clone is left, which may still finish");
    drop(clone);
    is_closed(&manager, "context").await;
}

#[tokio::test(start_paused = true)]
async fn a_task_of_a_hook_writes_nothing_after_its_request_was_dropped() {
    let world = World::new();
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            let (session, gate) = (event.session().clone(), event.state().gate.clone());
            event.state().spawn(async move {
                gate.pass().await;
                session.rotate().await
            });
            Ok(())
        })
    });
    let context = world.context(&[world.access_cookie("ada")]);
    assert!(soon(world.access.get(&context)).await.unwrap().is_some());
    world.gate.reached().await;
    drop(context);
    world.gate.open();
    assert_eq!(world.written().await, [RESPONSE_SENT]);
}

#[tokio::test(start_paused = true)]
async fn what_a_reading_under_way_wrote_is_no_session_when_its_request_was_dropped() {
    let (router, world) = World::serve(|_| {
        let ask = async |State(world): State<Arc<World>>, request: axum::extract::Request| {
            let (mut parts, _) = request.into_parts();
            let asking = Arc::clone(&world);
            tokio::spawn(async move {
                let manager: SessionManager<Access> = parts.extract_with_state(&asking).await.unwrap();
                asking.keep_access(manager);
                asking.gate.arrive();
            });
            pending::<()>().await
        };
        Router::new().route("/", post(ask))
    });
    world.access_hooks.renew(|event| {
        Box::pin(async move {
            event.session().replace(access("eve")).await?;
            event.state().second_gate.pass().await;
            Ok(())
        })
    });
    tokio::select! {
        biased;
        _ = reply(&router, Request::post("/")) => panic!("it hangs"),
        () = world.second_gate.reached() => {}
    }
    world.second_gate.open();
    world.gate.reached().await;
    let manager = world.take_access();
    assert_eq!(seen(&manager), is("nobody", Status::Absent), "what was not sent is not the session");
    is_closed(&manager, "reading").await;
}
