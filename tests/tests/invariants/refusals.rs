//! A refusal takes effect at once, and no write begun before it or by the refusing hook undoes it.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::Poll;

use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use unjwt::hooks::{HookError, HookResult, Read};
use unjwt::{ErrorKind, JweKey, RequestContext, Session, Status};

use super::kit::{
    ASKING, Access, AccessPatch, REFUSED, Refresh, World, access, finish, is, name, refresh, routes, said,
    seen, seen_refresh, soon, value,
};
use super::support::{Browser, reply};

#[tokio::test(start_paused = true)]
async fn the_hook_itself_sees_its_refusal() {
    let world = World::new();
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            let session = event.session();
            event.state().note(format!("before {:?}", seen(session)));
            event.refuse();
            let requires = session.require().map(drop).map_err(|error| error.kind());
            let said = format!("after {:?} {requires:?} token: {}", seen(session), session.token().is_some());
            event.state().note(said);
            Ok(())
        })
    });
    let context = world.context(&[world.access_cookie("ada")]);
    assert!(world.access.get(&context).await.unwrap().is_none());
    assert_eq!(
        world.log(),
        [
            "access on_read ada",
            r#"before ("ada", Valid)"#,
            r#"after ("nobody", Rejected) Err(NoSession) token: false"#,
        ]
    );
}

#[tokio::test]
async fn what_is_refused_and_said_to_be_expired_is_refused_in_either_order() {
    for refuses_first in [false, true] {
        let world = World::new();
        world.access_hooks.on_read(move |event| {
            Box::pin(async move {
                if refuses_first {
                    event.refuse();
                }
                event.expire();
                event.refuse();
                event.expire();
                event.state().note(format!("{:?}", event.session().status()));
                Ok(())
            })
        });
        let context = world.context(&[world.access_cookie("ada")]);
        let manager = world.access.manager(&context).await.unwrap();
        assert_eq!(seen(&manager), is("nobody", Status::Rejected), "refuses first: {refuses_first}");
        assert_eq!(world.log(), ["access on_read ada", "Rejected"], "refuses first: {refuses_first}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_of_the_hook_after_its_refusal_is_refused() {
    for write in ["replace", "update", "update_with", "rotate"] {
        let world = World::new();
        world.access_hooks.on_read(move |event| {
            Box::pin(async move {
                event.refuse();
                let session = event.session();
                let written = match write {
                    "replace" => session.replace(access("eve")).await,
                    "update" => session.update(AccessPatch { sub: Some("eve".to_owned()) }).await,
                    "update_with" => session.update_with(|access| access.sub = "eve".to_owned()).await,
                    _ => session.rotate().await,
                };
                event.state().note(format!("{:?}", written.map(drop).map_err(|error| error.kind())));
                Ok(())
            })
        });
        let context = world.context(&[world.access_cookie("ada")]);
        let manager = world.access.manager(&context).await.unwrap();
        assert_eq!(seen(&manager), is("nobody", Status::Rejected), "{write}");
        let log = world.log();
        assert!(log.contains(&"Err(Refused)".to_owned()), "{write}: {log:?}");
        assert!(!log.iter().any(|line| line.starts_with("access on_update")), "{write}: {log:?}");
        assert!(finish(&context).is_empty(), "{write}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_begun_before_the_refusal_ends_as_refused() {
    let world = World::new();
    world.access_hooks.on_update(|event| {
        Box::pin(async move {
            event.state().gate.pass().await;
            Ok(())
        })
    });
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            let session = event.session().clone();
            event
                .state()
                .spawn(async move { session.update_with(|access| access.sub = "eve".to_owned()).await });
            event.state().gate.reached().await;
            event.refuse();
            Ok(())
        })
    });
    let context = world.context(&[world.access_cookie("ada")]);
    let manager = soon(world.access.manager(&context)).await.unwrap();
    assert_eq!(seen(&manager), is("nobody", Status::Rejected));
    world.gate.open();
    assert_eq!(world.written().await, [REFUSED]);
    assert_eq!(seen(&manager), is("nobody", Status::Rejected));
    assert!(finish(&context).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_write_of_another_session_s_hook_begun_before_the_refusal_ends_as_refused() {
    let world = World::new();
    world.refresh_hooks.on_update(|event| {
        Box::pin(async move {
            event.state().gate.pass().await;
            Ok(())
        })
    });
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            let other = event.other::<Refresh>().await?;
            event.state().spawn(async move { other.replace(refresh("planted")).await });
            Ok(())
        })
    });
    world.refresh_hooks.on_read(|event| {
        Box::pin(async move {
            event.other::<Access>().await?;
            // The write begins now, and proceeds as far as it can.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            event.refuse();
            Ok(())
        })
    });
    let context = world.context(&[world.access_cookie("ada"), world.refresh_cookie("banned")]);
    let manager = soon(world.refresh.manager(&context)).await.unwrap();
    world.gate.open();
    assert_eq!(world.written().await, [REFUSED]);
    assert_eq!(seen_refresh(&manager), is("nobody", Status::Rejected));
    assert!(finish(&context).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_task_of_the_refusing_hook_cannot_write_after_the_reading_either() {
    for write in ["replace", "update", "update_with", "rotate"] {
        let world = World::new();
        world.access_hooks.on_read(move |event| {
            Box::pin(async move {
                let (session, gate) = (event.session().clone(), event.state().gate.clone());
                event.state().spawn(async move {
                    gate.pass().await;
                    match write {
                        "replace" => session.replace(access("eve")).await,
                        "update" => session.update(AccessPatch { sub: Some("eve".to_owned()) }).await,
                        "update_with" => session.update_with(|access| access.sub = "eve".to_owned()).await,
                        _ => session.rotate().await,
                    }
                });
                event.refuse();
                Ok(())
            })
        });
        let context = world.context(&[world.access_cookie("ada")]);
        let manager = world.access.manager(&context).await.unwrap();
        world.gate.reached().await;
        world.gate.open();
        assert_eq!(world.written().await, [REFUSED], "{write}");
        assert_eq!(seen(&manager), is("nobody", Status::Rejected), "{write}");
        assert!(finish(&context).is_empty(), "{write}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_after_a_refusal_begins_a_session_that_no_late_write_of_the_hook_touches() {
    let world = World::new();
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            let (session, gate) = (event.session().clone(), event.state().gate.clone());
            event.state().spawn(async move {
                gate.pass().await;
                session.update_with(|access| access.sub.push_str(", seen by the old hook")).await
            });
            event.refuse();
            Ok(())
        })
    });
    let context = world.context(&[world.access_cookie("banned")]);
    let login = world.access.replace(&context, access("ada")).await.unwrap();
    world.gate.reached().await;
    world.gate.open();
    assert_eq!(world.written().await, [REFUSED]);
    let manager = world.access.manager(&context).await.unwrap();
    assert_eq!(seen(&manager), is("ada", Status::Valid));
    let cookies = finish(&context);
    assert_eq!(said(&cookies), ["access set"]);
    assert_eq!(cookies[0].value, login.token.as_str());
}

#[tokio::test(start_paused = true)]
async fn a_login_after_a_refusal_begins_a_session_while_a_write_of_the_hook_is_under_way() {
    for fails in [false, true] {
        let world = World::new();
        world.access_hooks.on_update(move |event| {
            Box::pin(async move {
                if event.current().data.sub == "eve" {
                    event.state().gate.pass().await;
                    if fails {
                        return Err(HookError::new("the store is down"));
                    }
                }
                Ok(())
            })
        });
        world.access_hooks.on_read(|event| {
            Box::pin(async move {
                let session = event.session().clone();
                event
                    .state()
                    .spawn(async move { session.update_with(|access| access.sub = "eve".to_owned()).await });
                event.state().gate.reached().await;
                event.refuse();
                Ok(())
            })
        });
        let context = world.context(&[world.access_cookie("banned")]);
        let login = soon(world.access.replace(&context, access("ada"))).await.unwrap();
        world.gate.open();
        assert!(world.written().await[0].unwrap().is_err(), "fails: {fails}");
        let manager = world.access.manager(&context).await.unwrap();
        assert_eq!(seen(&manager), is("ada", Status::Valid), "fails: {fails}");
        let cookies = finish(&context);
        assert_eq!(said(&cookies), ["access set"], "fails: {fails}");
        assert_eq!(cookies[0].value, login.token.as_str(), "fails: {fails}");
    }
}

#[tokio::test]
async fn a_refused_session_is_none_for_every_extractor_and_keeps_its_cookie() {
    let (router, world) = World::serve(|_| routes());
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            event.session().update_with(|access| access.sub = "eve".to_owned()).await?;
            event.refuse();
            Ok(())
        })
    });
    for (path, status, body) in ASKING {
        let request = http::Request::get(path).header("cookie", world.access_cookie("ada"));
        let reply = reply(&router, request).await;
        assert_eq!((reply.status, reply.body.as_str()), (status, body), "{path}");
        assert!(reply.set_cookies().is_empty(), "{path}");
    }
    let request = http::Request::post("/login/grace").header("cookie", world.access_cookie("ada"));
    assert_eq!(said(&reply(&router, request).await.set_cookies()), ["access set"]);
}

#[tokio::test]
async fn a_write_that_needs_a_session_finds_none_after_a_refusal() {
    let world = World::new();
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            event.refuse();
            Ok(())
        })
    });
    let context = world.context(&[world.access_cookie("ada")]);
    let manager = world.access.manager(&context).await.unwrap();
    assert_eq!(manager.rotate().await.unwrap_err().kind(), ErrorKind::NoSession);
    assert_eq!(manager.update_with(|_| ()).await.unwrap_err().kind(), ErrorKind::NoSession);
    let error = manager.update(AccessPatch { sub: None }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingField, "no field of the refused session is left");
    assert_eq!(name(manager.current().as_ref()), "nobody");
    assert!(finish(&context).is_empty());
}

#[tokio::test]
async fn a_clear_of_the_hook_stays_where_its_writes_are_dropped() {
    for order in [["clear", ""], ["replace", "clear"], ["clear", "replace"]] {
        let world = World::new();
        world.access_hooks.on_read(move |event| {
            Box::pin(async move {
                for act in order {
                    match act {
                        "clear" => event.session().clear().await?,
                        "replace" => event.session().replace(access("eve")).await.map(drop)?,
                        _ => {}
                    }
                }
                event.refuse();
                Ok(())
            })
        });
        let context = world.context(&[world.access_cookie("ada")]);
        assert!(world.access.get(&context).await.unwrap().is_none(), "{order:?}");
        assert_eq!(said(&finish(&context)), ["access removed"], "{order:?}");
    }
}

#[tokio::test]
async fn a_logout_after_a_refusal_removes_the_cookie() {
    let (router, world) = World::serve(|_| routes());
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            event.refuse();
            Ok(())
        })
    });
    let mut browser = Browser::default();
    browser.cookies.insert("access".to_owned(), value(&world.access_cookie("ada")));
    let reply = browser.post(&router, "/logout").await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(said(&reply.set_cookies()), ["access removed"]);
    assert_eq!(world.log(), ["access on_read ada", "access on_clear"]);
}

/// A write of this session takes a worker.
#[derive(Clone, Serialize, Deserialize, Session)]
#[session(jwe, name = "slow", max_age = "1h", hooks(on_read = refuse_while_writing))]
struct Slow {
    sub: String,
}

static WRITTEN: Mutex<Option<Result<(), ErrorKind>>> = Mutex::new(None);

async fn refuse_while_writing(event: Read<'_, Slow>) -> HookResult {
    let mut write = event.session().update_with(|slow| slow.sub = "eve".to_owned());
    let begun = poll_fn(|cx| Poll::Ready(Pin::new(&mut write).poll(cx))).await;
    event.refuse();
    if begun.is_pending() {
        // A worker makes the token.
        *WRITTEN.lock().unwrap() = Some(write.await.map(drop).map_err(|error| error.kind()));
    }
    Ok(())
}

#[tokio::test]
async fn a_write_whose_token_is_being_made_at_the_refusal_ends_as_refused() {
    let key = JweKey::password("correct horse battery staple").iterations(100_000);
    let tokens = Slow::config(key).build().unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("cookie", tokens.cookie_header(&Slow { sub: "ada".to_owned() }).unwrap());
    let context = RequestContext::new(&headers);
    assert!(soon(tokens.get(&context)).await.unwrap().is_none());
    let written = WRITTEN.lock().unwrap().unwrap_or(Err(ErrorKind::Refused));
    assert_eq!(written, Err(ErrorKind::Refused), "unless the worker was the faster one");
    assert!(finish(&context).is_empty());
}
