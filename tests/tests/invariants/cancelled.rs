//! A reading that fails leaves nothing valid behind, and the next caller reads again.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::RequestPartsExt as _;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use unjwt::hooks::{HookError, HookResult, Read};
use unjwt::{ErrorKind, RequestContext, Status};

use super::kit::{
    ASKING, Access, REFUSED, Refresh, World, access, finish, is, refresh, routes, said, seen, seen_refresh,
    soon,
};
use super::overload::overload;
use super::support::reply;

/// The end of a reading within its hook.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// Its future is dropped, by a timeout for example.
    Dropped,
    Panics,
    Fails,
    Overloaded,
}

use End::{Dropped, Fails, Overloaded, Panics};

const ENDS: [End; 4] = [Dropped, Panics, Fails, Overloaded];

async fn meet(world: &World, end: End) -> HookResult {
    match end {
        Dropped => {
            world.gate.arrive();
            pending().await
        }
        Panics => panic!("a bug in a hook"),
        Fails => Err(HookError::new("the store is down")),
        Overloaded => Err(overload().into()),
    }
}

/// The kinds of hooks of a reading.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hook {
    OnRead,
    OnExpire,
    OnError,
    Renew,
}

use Hook::{OnError, OnExpire, OnRead, Renew};

impl Hook {
    fn name(self) -> &'static str {
        match self {
            OnRead => "access on_read",
            OnExpire => "access on_expire",
            OnError => "access on_error read",
            Renew => "access renew",
        }
    }
}

/// The action of a hook before its reading ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    Writes,
    Clears,
}

fn refuse(event: &Read<'_, Access>) -> HookResult {
    event.refuse();
    Ok(())
}

/// The hook acts and meets its end the first time; from then on `on_read` refuses, and the others do nothing.
fn act_once(world: &World, hook: Hook, act: Act, end: End) {
    macro_rules! once {
        ($install:ident, |$event:ident| $then:expr) => {{
            let again = AtomicBool::new(false);
            world.access_hooks.$install(move |$event| {
                let again = again.swap(true, Ordering::SeqCst);
                Box::pin(async move {
                    if again {
                        return $then;
                    }
                    match act {
                        Act::Writes => drop($event.session().replace(access("ghost")).await?),
                        Act::Clears => $event.session().clear().await?,
                    }
                    meet($event.state(), end).await
                })
            });
        }};
    }
    match hook {
        OnRead => once!(on_read, |event| refuse(&event)),
        OnExpire => once!(on_expire, |event| Ok(())),
        OnError => once!(on_error, |event| Ok(())),
        Renew => once!(renew, |event| Ok(())),
    }
}

/// A request whose reading runs the hook.
fn request(world: &Arc<World>, hook: Hook) -> RequestContext<Arc<World>> {
    let cookie = match hook {
        OnRead => world.access_cookie("banned"),
        OnExpire => {
            let cookie = world.access_cookie("banned");
            world.clock.seconds(15 * 60);
            cookie
        }
        OnError => "access=a.b.c".to_owned(),
        Renew => return world.context(&[]),
    };
    world.context(&[cookie])
}

/// Asks for the session in a reading that ends so.
async fn ask_once(world: &Arc<World>, context: &RequestContext<Arc<World>>, end: End) {
    let asking = tokio::spawn({
        let (world, context) = (Arc::clone(world), context.clone());
        async move { world.access.get(&context).await.map(drop).map_err(|error| error.kind()) }
    });
    if end == Dropped {
        world.gate.reached().await;
        asking.abort();
    }
    let answer = soon(asking).await;
    match end {
        Dropped => assert!(answer.unwrap_err().is_cancelled()),
        Panics => assert!(answer.unwrap_err().is_panic()),
        Fails => assert_eq!(answer.unwrap(), Err(ErrorKind::Hook)),
        Overloaded => assert_eq!(answer.unwrap(), Err(ErrorKind::Overloaded)),
    }
}

async fn leaves_nothing_valid(hook: Hook, status: Status) {
    let mut wrong = Vec::new();
    for end in ENDS {
        let world = World::new();
        act_once(&world, hook, Act::Writes, end);
        let context = request(&world, hook);
        ask_once(&world, &context, end).await;
        let found = soon(world.access.manager(&context)).await.map(|manager| seen(&manager));
        let runs = world.runs(hook.name());
        let cookies = said(&finish(&context));
        if found != Ok(is("nobody", status)) || runs != 2 || !cookies.is_empty() {
            wrong.push(format!("{end:?}: {found:?}, {runs} runs, {cookies:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_reading_that_ends_in_on_read_leaves_nothing_valid() {
    leaves_nothing_valid(OnRead, Status::Rejected).await;
}

#[tokio::test(start_paused = true)]
async fn a_reading_that_ends_in_on_expire_leaves_nothing_valid() {
    leaves_nothing_valid(OnExpire, Status::Expired).await;
}

#[tokio::test(start_paused = true)]
async fn a_reading_that_ends_in_on_error_leaves_nothing_valid() {
    leaves_nothing_valid(OnError, Status::Rejected).await;
}

#[tokio::test(start_paused = true)]
async fn a_reading_that_ends_in_renew_leaves_nothing_valid() {
    leaves_nothing_valid(Renew, Status::Absent).await;
}

#[tokio::test(start_paused = true)]
async fn a_clear_of_a_hook_stays_however_its_reading_ends() {
    let mut wrong = Vec::new();
    for hook in [OnRead, OnExpire, OnError, Renew] {
        for end in ENDS {
            let world = World::new();
            act_once(&world, hook, Act::Clears, end);
            let context = request(&world, hook);
            ask_once(&world, &context, end).await;
            let found = soon(world.access.manager(&context)).await.map(|manager| seen(&manager));
            let cookies = said(&finish(&context));
            if found != Ok(is("nobody", Status::Cleared)) || cookies != ["access removed"] {
                wrong.push(format!("{hook:?} {end:?}: {found:?}, {cookies:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// `on_read` changes the session and meets its end the first time, and approves it the second time.
fn approving_at_last(world: &World, end: End) {
    let again = AtomicBool::new(false);
    world.access_hooks.on_read(move |event| {
        let again = again.swap(true, Ordering::SeqCst);
        Box::pin(async move {
            assert_eq!(
                event.session().current().unwrap().data.sub,
                "ada",
                "nothing is left of the first time"
            );
            if again {
                return Ok(());
            }
            event.session().update_with(|access| access.sub = "ghost".to_owned()).await?;
            meet(event.state(), end).await
        })
    });
}

#[tokio::test(start_paused = true)]
async fn the_next_reading_begins_with_the_request_s_token() {
    let mut wrong = Vec::new();
    for end in ENDS {
        let world = World::new();
        approving_at_last(&world, end);
        let cookie = world.access_cookie("ada");
        let context = world.context(std::slice::from_ref(&cookie));
        ask_once(&world, &context, end).await;
        let found = soon(world.access.get(&context)).await.map(|current| {
            current.map(|current| {
                (current.data.sub.clone(), format!("access={}", current.token.as_str()) == cookie)
            })
        });
        let cookies = said(&finish(&context));
        if found != Ok(Some(("ada".to_owned(), true))) || !cookies.is_empty() {
            wrong.push(format!("{end:?}: {found:?}, {cookies:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_login_after_a_reading_that_did_not_end_well_reads_anew_and_begins_a_session() {
    let mut wrong = Vec::new();
    for end in ENDS {
        let world = World::new();
        act_once(&world, OnRead, Act::Writes, end);
        let context = request(&world, OnRead);
        ask_once(&world, &context, end).await;
        let login = soon(world.access.replace(&context, access("grace"))).await;
        let login = login.map(|login| login.token.as_str().to_owned());
        let runs = world.runs("access on_read");
        let sent: Vec<_> = finish(&context).into_iter().map(|cookie| cookie.value).collect();
        if runs != 2 || login.is_err() || sent != [login.clone().unwrap()] {
            wrong.push(format!("{end:?}: {:?}, {runs} runs, {} cookies", login.map(drop), sent.len()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(start_paused = true)]
async fn who_waited_for_a_reading_that_did_not_end_well_reads_anew() {
    let mut wrong = Vec::new();
    for end in ENDS {
        let world = World::new();
        let again = AtomicBool::new(false);
        world.access_hooks.on_read(move |event| {
            let again = again.swap(true, Ordering::SeqCst);
            Box::pin(async move {
                if again {
                    event.refuse();
                    return Ok(());
                }
                event.session().update_with(|access| access.sub = "ghost".to_owned()).await?;
                event.state().second_gate.pass().await;
                meet(event.state(), end).await
            })
        });
        let context = request(&world, OnRead);
        let waiting = tokio::spawn({
            let (world, context) = (Arc::clone(&world), context.clone());
            async move {
                world.second_gate.reached().await;
                let waiting = world.access.manager(&context);
                world.second_gate.open();
                waiting.await.map(|manager| seen(&manager))
            }
        });
        ask_once(&world, &context, end).await;
        let found = soon(waiting).await.unwrap();
        let (runs, cookies) = (world.runs("access on_read"), said(&finish(&context)));
        if found != Ok(is("nobody", Status::Rejected)) || runs != 2 || !cookies.is_empty() {
            wrong.push(format!("{end:?}: {found:?}, {runs} runs, {cookies:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_write_under_way_when_its_reading_was_cut_off_leaves_nothing_valid() {
    let mut wrong = Vec::new();
    for end in ENDS {
        let world = World::new();
        world.access_hooks.on_update(|event| {
            Box::pin(async move {
                event.state().second_gate.pass().await;
                Ok(())
            })
        });
        let again = AtomicBool::new(false);
        world.access_hooks.on_read(move |event| {
            let again = again.swap(true, Ordering::SeqCst);
            Box::pin(async move {
                if again {
                    event.refuse();
                    return Ok(());
                }
                let session = event.session().clone();
                event.state().spawn(async move {
                    session.update_with(|access| access.sub = "ghost".to_owned()).await
                });
                event.state().second_gate.reached().await;
                meet(event.state(), end).await
            })
        });
        let context = request(&world, OnRead);
        ask_once(&world, &context, end).await;
        world.second_gate.open();
        let written = world.written().await;
        let found = soon(world.access.manager(&context)).await.map(|manager| seen(&manager));
        let (runs, cookies) = (world.runs("access on_read"), said(&finish(&context)));
        if found != Ok(is("nobody", Status::Rejected))
            || runs != 2
            || !cookies.is_empty()
            || written.iter().any(|end| matches!(end, Some(Ok(()))))
        {
            wrong.push(format!("{end:?}: {found:?}, {runs} runs, {cookies:?}, {written:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_reading_inside_another_s_hook_that_did_not_end_well_leaves_nothing_valid() {
    let mut wrong = Vec::new();
    for end in ENDS {
        let world = World::new();
        world.access_hooks.renew(|event| {
            Box::pin(async move {
                // It goes on without.
                let _ = event.other::<Refresh>().await;
                Ok(())
            })
        });
        let again = AtomicBool::new(false);
        world.refresh_hooks.on_read(move |event| {
            let again = again.swap(true, Ordering::SeqCst);
            Box::pin(async move {
                if again {
                    event.refuse();
                    return Ok(());
                }
                event.session().replace(refresh("ghost")).await?;
                meet(event.state(), end).await
            })
        });
        let context = world.context(&[world.refresh_cookie("banned")]);
        let asking = tokio::spawn({
            let (world, context) = (Arc::clone(&world), context.clone());
            async move { world.access.get(&context).await.map(drop) }
        });
        if end == Dropped {
            world.gate.reached().await;
            asking.abort();
        }
        let _ = soon(asking).await;
        let found = soon(world.refresh.manager(&context)).await.map(|manager| seen_refresh(&manager));
        let (runs, cookies) = (world.runs("refresh on_read"), said(&finish(&context)));
        if found != Ok(is("nobody", Status::Rejected)) || runs != 2 || !cookies.is_empty() {
            wrong.push(format!("{end:?}: {found:?}, {runs} runs, {cookies:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_reading_that_ends_in_the_hook_of_its_own_write_leaves_nothing_valid() {
    let mut wrong = Vec::new();
    for end in ENDS {
        let world = World::new();
        world.access_hooks.on_update(move |event| Box::pin(async move { meet(event.state(), end).await }));
        let again = AtomicBool::new(false);
        world.access_hooks.on_read(move |event| {
            let again = again.swap(true, Ordering::SeqCst);
            Box::pin(async move {
                if again {
                    event.refuse();
                } else {
                    event.session().update_with(|access| access.sub = "ghost".to_owned()).await?;
                }
                Ok(())
            })
        });
        let context = request(&world, OnRead);
        ask_once(&world, &context, end).await;
        let found = soon(world.access.manager(&context)).await.map(|manager| seen(&manager));
        let (runs, cookies) = (world.runs("access on_read"), said(&finish(&context)));
        if found != Ok(is("nobody", Status::Rejected)) || runs != 2 || !cookies.is_empty() {
            wrong.push(format!("{end:?}: {found:?}, {runs} runs, {cookies:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_clear_of_a_reading_that_ends_in_on_clear_stays() {
    let mut wrong = Vec::new();
    for end in ENDS {
        let world = World::new();
        world.access_hooks.on_clear(move |event| Box::pin(async move { meet(event.state(), end).await }));
        world.access_hooks.on_read(move |event| Box::pin(async move { Ok(event.session().clear().await?) }));
        let context = request(&world, OnRead);
        ask_once(&world, &context, end).await;
        let found = soon(world.access.manager(&context)).await.map(|manager| seen(&manager));
        let cookies = said(&finish(&context));
        if found != Ok(is("nobody", Status::Cleared)) || cookies != ["access removed"] {
            wrong.push(format!("{end:?}: {found:?}, {cookies:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Only logs who it is, and does not wait for long.
async fn hurried(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    tokio::select! {
        biased;
        who = parts.extract_with_state::<Option<Access>, _>(&world) => assert!(who.is_err()),
        () = world.gate.reached() => {}
    }
    next.run(Request::from_parts(parts, body)).await
}

#[tokio::test(start_paused = true)]
async fn a_handler_behind_a_middleware_whose_reading_did_not_end_well_gets_no_unchecked_session() {
    let mut wrong = Vec::new();
    for end in [Dropped, Fails, Overloaded] {
        for (path, status, body) in ASKING {
            let (router, world) = World::serve(|world| {
                routes().layer(middleware::from_fn_with_state(Arc::clone(world), hurried))
            });
            act_once(&world, OnRead, Act::Writes, end);
            let request = http::Request::get(path).header("cookie", world.access_cookie("banned"));
            let reply = soon(reply(&router, request)).await;
            let cookies = said(&reply.set_cookies());
            if (reply.status, reply.body.as_str()) != (status, body) || !cookies.is_empty() {
                wrong.push(format!("{end:?} {path}: {} {:?} {cookies:?}", reply.status, reply.body));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_a_reading_that_then_did_not_end_well_keeps_its_writes_out() {
    for end in ENDS {
        let world = World::new();
        world.access_hooks.on_read(move |event| {
            Box::pin(async move {
                let (session, gate) = (event.session().clone(), event.state().second_gate.clone());
                event.state().spawn(async move {
                    gate.pass().await;
                    session.replace(access("ghost")).await
                });
                event.refuse();
                meet(event.state(), end).await
            })
        });
        let context = request(&world, OnRead);
        ask_once(&world, &context, end).await;
        world.second_gate.reached().await;
        world.second_gate.open();
        assert_eq!(world.written().await, [REFUSED], "{end:?}");
        assert!(finish(&context).is_empty(), "{end:?}");
    }
}

/// The refresh session's hook writes the access session before it ends as it does.
#[tokio::test(start_paused = true)]
async fn what_a_reading_that_did_not_end_well_wrote_of_another_session_is_undone() {
    for end in ENDS {
        for before in [false, true] {
            let world = World::new();
            world.refresh_hooks.on_read(move |event| {
                Box::pin(async move {
                    event.other::<Access>().await?.replace(access("of the banned")).await?;
                    meet(event.state(), end).await
                })
            });
            let context = world.context(&[world.refresh_cookie("banned")]);
            if before {
                world.access.replace(&context, access("grace")).await.unwrap();
            }
            let (asked, asking) = (Arc::clone(&world), context.clone());
            let reading = tokio::spawn(async move { asked.refresh.get(&asking).await.map(drop) });
            if end == Dropped {
                world.gate.reached().await;
                reading.abort();
            }
            let ended = reading.await;
            assert!(!matches!(ended, Ok(Ok(()))), "{end:?}");
            let left = if before { is("grace", Status::Valid) } else { is("nobody", Status::Absent) };
            assert_eq!(seen(&world.access.manager(&context).await.unwrap()), left, "{end:?}");
            assert_eq!(finish(&context).len(), usize::from(before), "{end:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_whose_own_reading_ended_well_stays_when_the_reading_around_it_fails() {
    let world = World::new();
    world.access_hooks.renew(|event| {
        Box::pin(async move { Ok(event.session().replace(access("renewed")).await.map(drop)?) })
    });
    world.refresh_hooks.on_read(|event| {
        Box::pin(async move {
            event.other::<Access>().await?;
            meet(event.state(), Fails).await
        })
    });
    let context = world.context(&[world.refresh_cookie("ada")]);
    assert_eq!(world.refresh.get(&context).await.unwrap_err().kind(), ErrorKind::Hook);
    assert_eq!(seen(&world.access.manager(&context).await.unwrap()), is("renewed", Status::Valid));
    assert_eq!(said(&finish(&context)), ["access set"]);
}
