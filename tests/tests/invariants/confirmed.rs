//! A response carries the cookies of confirmed writes only, and a removal even if something else fails.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::post;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookError, HookResult, Update};
use unjwt::{ErrorKind, JwsKey, RequestContext, Session, SessionManager, Status};

use super::kit::{Access, Gate, REFUSED, RESPONSE_SENT, World, access, finish, is, said, seen, soon};
use super::support::{Browser, Reply, TestClock};

/// `on_update` waits at the gate with a session called eve, at the second gate with one called mallory, and
/// then fails if it is told to.
fn stalling(world: &World, fails: bool) {
    world.access_hooks.on_update(move |event| {
        Box::pin(async move {
            match event.current().data.sub.as_str() {
                "eve" => event.state().gate.pass().await,
                "mallory" => event.state().second_gate.pass().await,
                _ => return Ok(()),
            }
            if fails { Err(HookError::new("the store is down")) } else { Ok(()) }
        })
    });
}

/// Does what the path says, in this order, and returns while the writes that stall are under way.
async fn act(State(world): State<Arc<World>>, Path(acts): Path<String>, manager: SessionManager<Access>) {
    world.keep_access(manager.clone());
    for act in acts.split('-') {
        let session = manager.clone();
        match act {
            "clear" => session.clear().await.unwrap(),
            "eve" => {
                world.spawn(async move { session.replace(access("eve")).await });
                world.gate.reached().await;
            }
            "mallory" => {
                world.spawn(async move { session.replace(access("mallory")).await });
                world.second_gate.reached().await;
            }
            sub => drop(session.replace(access(sub)).await.unwrap()),
        }
    }
}

fn serve(fails: bool) -> (Router, Arc<World>) {
    let (router, world) = World::serve(|_| Router::new().route("/{acts}", post(act)));
    stalling(&world, fails);
    (router, world)
}

/// The session that the response sets, or what else it says.
async fn sent(world: &World, reply: &Reply) -> String {
    let cookies = reply.set_cookies();
    match cookies.as_slice() {
        [] => "nothing".to_owned(),
        [cookie] if cookie.removes() => "removal".to_owned(),
        [cookie] => world.access.verify_without_hooks(&cookie.value).await.unwrap().data.sub.clone(),
        _ => format!("{:?}", said(&cookies)),
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_is_not_confirmed_when_the_head_goes_is_not_sent_and_is_an_error() {
    for (acts, carried, now) in [
        ("eve", "nothing", is("ada", Status::Valid)),
        ("first-eve", "first", is("first", Status::Valid)),
        ("clear-eve", "removal", is("nobody", Status::Cleared)),
        ("eve-last", "last", is("last", Status::Valid)),
        ("eve-clear", "removal", is("nobody", Status::Cleared)),
        ("eve-mallory", "nothing", is("ada", Status::Valid)),
        ("eve-middle-mallory", "middle", is("middle", Status::Valid)),
        ("first-eve-mallory", "first", is("first", Status::Valid)),
    ] {
        for fails in [false, true] {
            let (router, world) = serve(fails);
            let mut browser = Browser::with(&world.access.cookie_header(&access("ada")).unwrap());
            let reply = soon(browser.post(&router, &format!("/{acts}"))).await;
            assert_eq!(sent(&world, &reply).await, carried, "{acts}, fails: {fails}");
            if carried == "nothing" {
                assert_eq!(reply.cache_control(), "", "{acts}");
            }
            world.gate.open();
            world.second_gate.open();
            for end in world.written().await {
                assert!(end.unwrap().is_err(), "{acts}, fails: {fails}");
                assert!(fails || end == RESPONSE_SENT, "{acts}: {end:?}");
            }
            assert_eq!(seen(&world.take_access()), now, "{acts}, fails: {fails}: what was sent is what is");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_router_an_unconfirmed_write_is_not_sent_either() {
    let world = World::new();
    stalling(&world, false);
    let context = world.context(&[]);
    let (session, asked) = (Arc::clone(&world), context.clone());
    world.spawn(async move { session.access.replace(&asked, access("eve")).await });
    world.gate.reached().await;
    assert!(finish(&context).is_empty());
    world.gate.open();
    assert_eq!(world.written().await, [RESPONSE_SENT]);
    assert!(world.access.get(&context).await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_removal_is_sent_while_its_on_clear_hangs_and_when_it_fails() {
    for fails in [false, true] {
        let (router, world) = World::serve(|_| {
            let logout = async |State(world): State<Arc<World>>, manager: SessionManager<Access>| {
                world.spawn(async move { manager.clear().await });
                world.gate.reached().await;
            };
            Router::new().route("/", post(logout))
        });
        world.access_hooks.on_clear(move |event| {
            Box::pin(async move {
                if fails {
                    event.state().gate.arrive();
                    return Err(HookError::new("the store is down"));
                }
                event.state().gate.pass().await;
                Ok(())
            })
        });
        let mut browser = Browser::with(&world.access.cookie_header(&access("ada")).unwrap());
        let reply = soon(browser.post(&router, "/")).await;
        assert_eq!(sent(&world, &reply).await, "removal", "fails: {fails}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_during_a_reading_carries_nothing_of_it_but_a_removal() {
    for (clears, carried) in [(false, Vec::new()), (true, vec!["access removed".to_owned()])] {
        let world = World::new();
        world.access_hooks.on_read(move |event| {
            Box::pin(async move {
                event.session().replace(access("unapproved")).await?;
                if clears {
                    event.session().clear().await?;
                }
                event.state().gate.pass().await;
                event.refuse();
                Ok(())
            })
        });
        let context = world.context(&[world.access_cookie("ada")]);
        let reading = tokio::spawn({
            let (world, context) = (Arc::clone(&world), context.clone());
            async move { world.access.get(&context).await.map(|current| current.is_some()) }
        });
        world.gate.reached().await;
        assert_eq!(said(&finish(&context)), carried, "clears: {clears}");
        world.gate.open();
        assert_ne!(soon(reading).await.unwrap(), Ok(true), "clears: {clears}");
    }
}

/// The tasks run concurrently: the assertions must hold in every order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_is_ok_exactly_when_its_cookie_is_sent_however_it_races_with_the_response() {
    for round in 0..400 {
        let world = World::new();
        let fails = round % 2 == 0;
        world.access_hooks.on_update(move |_| {
            Box::pin(async move {
                for _ in 0..round % 5 {
                    tokio::task::yield_now().await;
                }
                if fails { Err(HookError::new("the store is down")) } else { Ok(()) }
            })
        });
        let context = world.context(&[]);
        let manager = world.access.manager(&context).await.unwrap();
        world.spawn(async move { manager.replace(access("ada")).await });
        for _ in 0..round % 7 {
            tokio::task::yield_now().await;
        }
        let sent = finish(&context).len();
        let written = world.written().await[0].unwrap();
        assert_eq!(sent == 1, written.is_ok(), "round {round}: {written:?}");
    }
}

#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jws, name = "noted", max_age = "1h", hooks(on_update = stall))]
struct Noted {}

static STALLED: LazyLock<Gate> = LazyLock::new(Gate::default);

async fn stall(_: Update<'_, Noted>) -> HookResult {
    STALLED.pass().await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_removal_of_an_expired_cookie_is_sent_while_a_login_is_unconfirmed() {
    let clock = TestClock::new();
    let tokens = Noted::config(JwsKey::secret([3; 32])).clock(clock.read()).build().unwrap();
    let mut request = HeaderMap::new();
    request.insert("cookie", tokens.cookie_header(&Noted {}).unwrap());
    clock.seconds(3600);
    let context = RequestContext::new(&request);
    let login = tokio::spawn({
        let (tokens, context) = (tokens.clone(), context.clone());
        async move { tokens.replace(&context, Noted {}).await.map(drop).map_err(|error| error.kind()) }
    });
    STALLED.reached().await;
    assert_eq!(said(&finish(&context)), ["noted removed"]);
    STALLED.open();
    assert_eq!(Some(soon(login).await.unwrap()), RESPONSE_SENT);
}

/// `on_update` of a session called eve or ada writes it again under another name, waits at the gate, and then
/// fails if it is told to.
fn writing_again(world: &World, fails: bool) {
    world.access_hooks.on_update(move |event| {
        Box::pin(async move {
            match event.current().data.sub.as_str() {
                "eve" => event.session().update_with(|access| access.sub = "eve again".to_owned()).await?,
                "ada" => event.session().replace(access("ada again")).await?,
                _ => return Ok(()),
            };
            event.state().gate.pass().await;
            if fails { Err(HookError::new("the store is down")) } else { Ok(()) }
        })
    });
}

#[tokio::test(start_paused = true)]
async fn what_a_failing_on_update_wrote_is_taken_back_with_its_write() {
    for written in ["eve", "ada"] {
        for fails in [true, false] {
            let world = World::new();
            writing_again(&world, fails);
            let context = world.context(&[]);
            world.access.replace(&context, access("grace")).await.unwrap();
            let (session, asked) = (Arc::clone(&world), context.clone());
            world.spawn(async move { session.access.replace(&asked, access(written)).await });
            world.gate.reached().await;
            world.gate.open();
            let again = format!("{written} again");
            let (end, left) = if fails { (Err(ErrorKind::Hook), "grace") } else { (Ok(()), again.as_str()) };
            assert_eq!(world.written().await, [Some(end)]);
            assert_eq!(seen(&world.access.manager(&context).await.unwrap()), is(left, Status::Valid));
            let cookies = finish(&context);
            assert_eq!(world.access.verify_without_hooks(&cookies[0].value).await.unwrap().data.sub, left);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_on_update_wrote_that_has_not_returned_is_not_sent() {
    let world = World::new();
    writing_again(&world, false);
    let context = world.context(&[]);
    world.access.replace(&context, access("grace")).await.unwrap();
    let (session, asked) = (Arc::clone(&world), context.clone());
    world.spawn(async move { session.access.replace(&asked, access("eve")).await });
    world.gate.reached().await;
    let cookies = finish(&context);
    assert_eq!(world.access.verify_without_hooks(&cookies[0].value).await.unwrap().data.sub, "grace");
    world.gate.open();
    assert_eq!(world.written().await, [RESPONSE_SENT]);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_a_failed_on_update_left_behind_writes_nothing() {
    let world = World::new();
    world.access_hooks.on_update(|event| {
        Box::pin(async move {
            if event.current().data.sub != "eve" {
                return Ok(());
            }
            let (world, session) = (Arc::clone(event.state()), event.session().clone());
            event.state().spawn(async move {
                world.gate.pass().await;
                session.replace(access("late")).await
            });
            Err(HookError::new("the store is down"))
        })
    });
    let context = world.context(&[]);
    let failed = world.access.replace(&context, access("eve")).await;
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::Hook);
    world.gate.reached().await;
    world.gate.open();
    assert_eq!(world.written().await, [REFUSED]);
    assert!(finish(&context).is_empty());
}
