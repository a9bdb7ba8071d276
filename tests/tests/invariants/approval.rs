//! Until a reading has succeeded, only its own hooks see the session.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use http::Request;
use unjwt::{ErrorKind, Status};

use super::kit::{Access, Refresh, World, access, finish, is, refresh, said, seen, seen_refresh, soon};
use super::support::reply;

/// `renew` of the access session makes one from a refresh session.
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

/// `renew` of the access session looks at the refresh session, tells what it sees, and keeps the manager.
fn looking(world: &World) {
    world.access_hooks.renew(|event| {
        Box::pin(async move {
            let refresh = event.other::<Refresh>().await?;
            let requires = refresh.require().map(drop).map_err(|error| error.kind());
            event.state().note(format!(
                "{:?} {requires:?} token: {}",
                seen_refresh(&refresh),
                refresh.token().is_some()
            ));
            event.state().keep_refresh(refresh);
            Ok(())
        })
    });
}

const NOTHING: &str = r#"("nobody", Absent) Err(NoSession) token: false"#;

fn saw_nothing(world: &World, what: &str) {
    let log = world.log();
    assert!(log.iter().any(|line| line == NOTHING), "{what}: {log:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refused_refresh_session_whose_hook_asked_for_the_access_session_renews_nothing() {
    for refuses_first in [false, true] {
        let world = World::new();
        renewing(&world);
        world.refresh_hooks.on_read(move |event| {
            Box::pin(async move {
                if refuses_first {
                    event.refuse();
                }
                let audited = event.other::<Access>().await?;
                event.state().note(format!("audited {:?}", seen(&audited)));
                event.refuse();
                Ok(())
            })
        });
        let context = world.context(&[world.refresh_cookie("banned")]);
        assert!(soon(world.refresh.get(&context)).await.unwrap().is_none());
        let access = soon(world.access.manager(&context)).await.unwrap();
        assert_eq!(seen(&access), is("nobody", Status::Absent), "refused first: {refuses_first}");
        assert!(finish(&context).is_empty());
        assert!(world.log().contains(&r#"audited ("nobody", Absent)"#.to_owned()));
    }
}

#[tokio::test]
async fn a_refused_refresh_session_renews_nothing_in_whichever_order_the_two_are_extracted() {
    type Both = (Option<Refresh>, Option<Access>);
    let (router, world) = World::serve(|_| {
        let tell = |(refresh, access): Both| format!("{} {}", refresh.is_some(), access.is_some());
        let first = async move |refresh: Option<Refresh>, access: Option<Access>| tell((refresh, access));
        let last = async move |access: Option<Access>, refresh: Option<Refresh>| tell((refresh, access));
        Router::new().route("/refresh-first", get(first)).route("/access-first", get(last))
    });
    renewing(&world);
    world.refresh_hooks.on_read(|event| {
        Box::pin(async move {
            event.other::<Access>().await?;
            event.refuse();
            Ok(())
        })
    });
    for path in ["/refresh-first", "/access-first"] {
        let request = Request::get(path).header("cookie", world.refresh_cookie("banned"));
        let reply = reply(&router, request).await;
        assert_eq!(reply.body, "false false", "{path}");
        assert!(reply.set_cookies().is_empty(), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_inner_one_of_a_cycle_sees_no_session() {
    let world = World::new();
    looking(&world);
    world.refresh_hooks.on_read(|event| {
        Box::pin(async move {
            event.other::<Access>().await?;
            assert!(event.session().current().is_some(), "the hook of the reading itself sees it");
            let kept = event.state().kept_refresh.lock().unwrap().clone().unwrap();
            assert_eq!(seen_refresh(&kept), is("nobody", Status::Absent), "until the reading has ended");
            Ok(())
        })
    });
    let context = world.context(&[world.refresh_cookie("ada")]);
    assert_eq!(soon(world.refresh.get(&context)).await.unwrap().unwrap().data.sub, "ada");
    saw_nothing(&world, "on_read");
    assert_eq!(seen_refresh(&world.take_refresh()), is("ada", Status::Valid), "after it");
}

#[tokio::test(start_paused = true)]
async fn the_inner_one_of_a_cycle_sees_nothing_after_a_refusal_either() {
    let world = World::new();
    looking(&world);
    world.refresh_hooks.on_read(|event| {
        Box::pin(async move {
            event.refuse();
            event.other::<Access>().await.map(drop).map_err(Into::into)
        })
    });
    let context = world.context(&[world.refresh_cookie("ada")]);
    assert!(soon(world.refresh.get(&context)).await.unwrap().is_none());
    saw_nothing(&world, "on_read");
    assert_eq!(seen_refresh(&world.take_refresh()), is("nobody", Status::Rejected), "the end is seen");
}

#[tokio::test(start_paused = true)]
async fn what_on_expire_or_renew_began_is_unseen_until_their_reading_has_ended() {
    for by_renew in [false, true] {
        let world = World::new();
        looking(&world);
        if by_renew {
            world.refresh_hooks.renew(|event| {
                Box::pin(async move {
                    event.session().replace(refresh("begun")).await?;
                    event.other::<Access>().await.map(drop).map_err(Into::into)
                })
            });
        } else {
            world.refresh_hooks.on_expire(|event| {
                Box::pin(async move {
                    event.session().replace(refresh("begun")).await?;
                    event.other::<Access>().await.map(drop).map_err(Into::into)
                })
            });
        }
        let cookie = world.refresh_cookie("ada");
        world.clock.seconds(7 * 86_400);
        let context = world.context(&[cookie]);
        assert_eq!(soon(world.refresh.get(&context)).await.unwrap().unwrap().data.sub, "begun");
        saw_nothing(&world, if by_renew { "renew" } else { "on_expire" });
        assert_eq!(seen_refresh(&world.take_refresh()), is("begun", Status::Valid));
        assert_eq!(said(&finish(&context)), ["refresh set"]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_on_error_began_is_unseen_until_its_reading_has_ended() {
    let world = World::new();
    looking(&world);
    world.refresh_hooks.on_error(|event| {
        Box::pin(async move {
            event.session().replace(refresh("begun")).await?;
            event.other::<Access>().await.map(drop).map_err(Into::into)
        })
    });
    let context = world.context(&["refresh=a.b.c".to_owned()]);
    assert_eq!(soon(world.refresh.get(&context)).await.unwrap().unwrap().data.sub, "begun");
    saw_nothing(&world, "on_error");
    assert_eq!(seen_refresh(&world.take_refresh()), is("begun", Status::Valid));
}

#[tokio::test(start_paused = true)]
async fn a_cycle_through_the_hook_of_a_write_sees_no_session() {
    let world = World::new();
    looking(&world);
    world.refresh_hooks.on_read(|event| {
        Box::pin(async move {
            event.session().update_with(|refresh| refresh.sub.push_str(" again")).await?;
            event.refuse();
            Ok(())
        })
    });
    world.refresh_hooks.on_update(|event| {
        Box::pin(async move { event.other::<Access>().await.map(drop).map_err(Into::into) })
    });
    let context = world.context(&[world.refresh_cookie("ada")]);
    assert!(soon(world.refresh.get(&context)).await.unwrap().is_none());
    saw_nothing(&world, "on_update");
    assert!(finish(&context).is_empty());
}

#[tokio::test(start_paused = true)]
async fn two_tasks_whose_hooks_ask_for_each_other_see_nothing_unapproved() {
    let world = World::new();
    // The access session's hook asks for the refresh session, once that one's hook waits for the access
    // session.
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            event.state().gate.pass().await;
            let refresh = event.other::<Refresh>().await?;
            event.state().note(format!("access sees {:?}", seen_refresh(&refresh)));
            event.state().keep_refresh(refresh);
            Ok(())
        })
    });
    world.refresh_hooks.on_read(|event| {
        Box::pin(async move {
            event.state().second_gate.arrive();
            let access = event.other::<Access>().await?;
            event.state().note(format!("refresh sees {:?}", seen(&access)));
            event.refuse();
            Ok(())
        })
    });
    let context = world.context(&[world.access_cookie("ada"), world.refresh_cookie("banned")]);
    let ask = |world: &Arc<World>| (Arc::clone(world), context.clone());
    let (one, first) = ask(&world);
    let first = tokio::spawn(async move { one.access.get(&first).await.unwrap().is_some() });
    world.gate.reached().await;
    let (two, second) = ask(&world);
    let second = tokio::spawn(async move { two.refresh.get(&second).await.unwrap().is_some() });
    world.second_gate.reached().await;
    // It has asked, and waits.
    tokio::task::yield_now().await;
    world.gate.open();
    assert!(soon(first).await.unwrap() && !soon(second).await.unwrap());
    assert_eq!(
        world.log(),
        [
            "access on_read ada",
            "refresh on_read banned",
            r#"access sees ("nobody", Absent)"#,
            r#"refresh sees ("ada", Valid)"#,
        ]
    );
    assert_eq!(seen_refresh(&world.take_refresh()), is("nobody", Status::Rejected));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_reading_sees_its_end() {
    for refuses in [false, true] {
        let world = World::new();
        world.access_hooks.on_read(move |event| {
            Box::pin(async move {
                event.state().gate.pass().await;
                if refuses {
                    event.refuse();
                }
                Ok(())
            })
        });
        let context = world.context(&[world.access_cookie("ada")]);
        let asking = || {
            let (world, context) = (Arc::clone(&world), context.clone());
            tokio::spawn(async move { world.access.get(&context).await.unwrap().is_some() })
        };
        let (first, second) = (asking(), asking());
        world.gate.reached().await;
        world.gate.open();
        assert_eq!((soon(first).await.unwrap(), soon(second).await.unwrap()), (!refuses, !refuses));
        assert_eq!(world.log(), ["access on_read ada"]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_hook_of_another_session_wrote_is_dropped_with_the_reading_that_refuses() {
    let world = World::new();
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            // The write does not stay, even if it is allowed.
            let _ = event.other::<Refresh>().await?.replace(refresh("planted")).await;
            Ok(())
        })
    });
    world.refresh_hooks.on_read(|event| {
        Box::pin(async move {
            event.other::<Access>().await?;
            event.refuse();
            Ok(())
        })
    });
    let context = world.context(&[world.access_cookie("ada"), world.refresh_cookie("banned")]);
    let refresh = soon(world.refresh.manager(&context)).await.unwrap();
    assert_eq!(seen_refresh(&refresh), is("nobody", Status::Rejected));
    assert_eq!(refresh.rotate().await.unwrap_err().kind(), ErrorKind::NoSession);
    assert!(finish(&context).is_empty());
}

#[tokio::test(start_paused = true)]
async fn two_tasks_whose_hooks_ask_for_each_other_and_find_nothing_come_to_an_end() {
    let world = World::new();
    world.access_hooks.renew(|event| {
        Box::pin(async move {
            // It looks something up first.
            tokio::task::yield_now().await;
            assert!(event.state().runs("access renew") < 100, "they meet again and again");
            event.other::<Refresh>().await.map(drop).map_err(Into::into)
        })
    });
    world.refresh_hooks.renew(|event| {
        Box::pin(async move {
            tokio::task::yield_now().await;
            event.other::<Access>().await.map(drop).map_err(Into::into)
        })
    });
    let context = world.context(&[]);
    let both = async { tokio::join!(world.access.get(&context), world.refresh.get(&context)) };
    let (one, two) = soon(both).await;
    assert!(one.unwrap().is_none() && two.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn what_two_tasks_left_unread_is_read_once_more_for_all_who_wait() {
    let world = World::new();
    world.access_hooks.renew(|event| {
        Box::pin(async move {
            tokio::task::yield_now().await;
            if let Some(refresh) = event.other::<Refresh>().await?.current() {
                event.session().replace(access(&refresh.data.sub)).await?;
            }
            Ok(())
        })
    });
    world.refresh_hooks.on_read(|event| {
        Box::pin(async move {
            tokio::task::yield_now().await;
            event.other::<Access>().await.map(drop).map_err(Into::into)
        })
    });
    let context = world.context(&[world.refresh_cookie("ada")]);
    let asking = async {
        tokio::join!(
            world.access.get(&context),
            world.refresh.get(&context),
            world.access.get(&context),
            world.access.get(&context),
        )
    };
    let (one, refresh, two, three) = soon(asking).await;
    assert!(refresh.unwrap().is_some());
    for access in [one, two, three] {
        assert_eq!(access.unwrap().unwrap().data.sub, "ada");
    }
    assert_eq!(world.runs("access renew"), 2);
}

#[tokio::test]
async fn a_session_that_cannot_be_found_inside_a_hook_is_read_a_bounded_number_of_times_there() {
    let world = World::new();
    world.access_hooks.renew(|event| {
        Box::pin(async move {
            for _ in 0..50 {
                assert!(event.other::<Refresh>().await?.current().is_none());
            }
            Ok(())
        })
    });
    world.refresh_hooks.renew(|event| {
        Box::pin(async move {
            event.other::<Access>().await?;
            Ok(())
        })
    });
    let context = world.context(&[]);
    assert!(world.access.get(&context).await.unwrap().is_none());
    assert_eq!(world.runs("refresh renew"), 8);
    // The handler's own reading is not one of them.
    assert!(world.refresh.get(&context).await.unwrap().is_none());
    assert_eq!(world.runs("refresh renew"), 9);
}
