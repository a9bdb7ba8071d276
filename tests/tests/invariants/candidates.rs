//! A refused token does not end the search, so nobody can hide a valid session by planting an invalid one.

use std::sync::Arc;

use axum::Router;
use http::header::COOKIE;
use http::{HeaderMap, Request};
use unjwt::hooks::HookError;
use unjwt::{ErrorKind, RequestContext, Source, Status};

use super::kit::{ASKING, REFUSED, World, access, finish, is, name, routes, said, seen, soon};
use super::support::{SetCookie, reply};

/// `on_read` refuses whoever is called revoked.
fn refusing(world: &World) {
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            if event.current().data.sub == "revoked" {
                event.refuse();
            }
            Ok(())
        })
    });
}

/// The tokens of a request.
struct Tokens {
    revoked: String,
    good: String,
    expired: String,
    forged: String,
}

const FIFTEEN_MINUTES: u64 = 15 * 60;

impl Tokens {
    fn of(world: &World) -> Self {
        let expired = world.access_token("expired");
        world.clock.seconds(FIFTEEN_MINUTES);
        Self {
            revoked: world.access_token("revoked"),
            good: world.access_token("good"),
            forged: world.access_token("forged").replace('.', ".A"),
            expired,
        }
    }

    fn named(&self, name: &str) -> &str {
        match name {
            "revoked" => &self.revoked,
            "good" => &self.good,
            "expired" => &self.expired,
            "forged" => &self.forged,
            other => panic!("no token is called {other}"),
        }
    }
}

fn cookies(tokens: &[&str]) -> HeaderMap {
    let pairs: Vec<String> = tokens.iter().map(|token| format!("access={token}")).collect();
    let mut headers = HeaderMap::new();
    headers.insert(COOKIE, pairs.join("; ").parse().unwrap());
    headers
}

fn context(world: &Arc<World>, headers: &HeaderMap) -> RequestContext<Arc<World>> {
    RequestContext::with_state(headers, Arc::clone(world))
}

#[tokio::test]
async fn a_revoked_cookie_hides_no_good_one_in_either_order() {
    let world = World::new();
    refusing(&world);
    let tokens = Tokens::of(&world);
    for (order, asked) in [
        (vec!["revoked", "good"], vec!["access on_read revoked", "access on_read good"]),
        (vec!["good", "revoked"], vec!["access on_read good"]),
        (vec!["forged", "revoked", "good"], vec!["access on_read revoked", "access on_read good"]),
        (vec!["revoked", "expired", "good"], vec!["access on_read revoked", "access on_read good"]),
    ] {
        let sent: Vec<&str> = order.iter().map(|name| tokens.named(name)).collect();
        let context = context(&world, &cookies(&sent));
        let current = world.access.get(&context).await.unwrap();
        assert_eq!(name(current.as_ref()), "good", "{order:?}");
        assert_eq!(current.unwrap().token.as_str(), tokens.good, "{order:?}");
        assert_eq!(world.log(), asked, "{order:?}: `on_read` alone, until one is approved");
        assert!(finish(&context).is_empty(), "{order:?}");
    }
}

#[tokio::test]
async fn a_revoked_cookie_hides_no_good_one_from_any_extractor() {
    let (router, world): (Router, _) = World::serve(|_| routes());
    refusing(&world);
    let tokens = Tokens::of(&world);
    for order in [[&tokens.revoked, &tokens.good], [&tokens.good, &tokens.revoked]] {
        for (path, ..) in ASKING {
            let sent = format!("access={}; access={}", order[0], order[1]);
            let reply = reply(&router, Request::get(path).header(COOKIE, sent)).await;
            assert_eq!((reply.status.as_u16(), reply.body.as_str()), (200, "good"), "{path}");
            assert!(reply.set_cookies().is_empty(), "{path}");
        }
    }
}

#[tokio::test]
async fn a_revoked_cookie_hides_no_good_header_and_the_other_way_round() {
    let world = World::new();
    refusing(&world);
    let tokens = Tokens::of(&world);
    for (cookie, header, source) in
        [(&tokens.revoked, &tokens.good, Source::Header), (&tokens.good, &tokens.revoked, Source::Cookie)]
    {
        let mut headers = cookies(&[cookie]);
        headers.insert("x-access-session", format!("Bearer {header}").parse().unwrap());
        let context = context(&world, &headers);
        let current = world.access.get(&context).await.unwrap();
        assert_eq!(name(current.as_ref()), "good", "{source:?}");
        assert_eq!(current.unwrap().source, source);
        assert!(finish(&context).is_empty());
    }
}

#[tokio::test]
async fn on_read_runs_for_each_genuine_token_where_all_are_refused() {
    let world = World::new();
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            event.refuse();
            Ok(())
        })
    });
    let (one, two) = (world.access_token("one"), world.access_token("two"));
    let context = context(&world, &cookies(&[&one, &two]));
    let manager = world.access.manager(&context).await.unwrap();
    assert_eq!(seen(&manager), is("nobody", Status::Rejected));
    assert_eq!(world.log(), ["access on_read one", "access on_read two"]);
    assert!(finish(&context).is_empty());
}

#[tokio::test]
async fn each_candidate_is_read_as_if_it_were_the_only_one() {
    let world = World::new();
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            event.state().note(format!("sees {:?}", seen(event.session())));
            if event.current().data.sub == "revoked" {
                event.session().replace(access("planted")).await?;
                event.refuse();
            }
            Ok(())
        })
    });
    let tokens = Tokens::of(&world);
    let context = context(&world, &cookies(&[&tokens.revoked, &tokens.good]));
    let current = world.access.get(&context).await.unwrap();
    assert_eq!(name(current.as_ref()), "good");
    assert_eq!(
        world.log(),
        [
            "access on_read revoked",
            r#"sees ("revoked", Valid)"#,
            "access on_update planted",
            "access on_read good",
            r#"sees ("good", Valid)"#,
        ]
    );
    assert!(finish(&context).is_empty(), "what the refused one's hook wrote is gone");
}

#[tokio::test]
async fn what_the_hook_of_the_approved_candidate_wrote_stays() {
    let world = World::new();
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            event.session().update_with(|access| access.sub.push_str(", seen")).await?;
            if event.current().data.sub == "revoked" {
                event.refuse();
            }
            Ok(())
        })
    });
    let tokens = Tokens::of(&world);
    for order in [[&*tokens.revoked, &*tokens.good], [&*tokens.good, &*tokens.revoked]] {
        let context = context(&world, &cookies(&order));
        let manager = world.access.manager(&context).await.unwrap();
        assert_eq!(seen(&manager), is("good, seen", Status::Valid));
        let sent: Vec<SetCookie> = finish(&context);
        assert_eq!(said(&sent), ["access set"]);
        assert_eq!(sent[0].value, manager.token().unwrap().as_str());
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_write_of_a_refused_candidate_s_hook_touches_no_good_session() {
    for late in [false, true] {
        let world = World::new();
        world.access_hooks.on_update(|event| {
            Box::pin(async move {
                event.state().gate.pass().await;
                Ok(())
            })
        });
        world.access_hooks.on_read(move |event| {
            Box::pin(async move {
                if event.current().data.sub != "revoked" {
                    return Ok(());
                }
                let (session, second) = (event.session().clone(), event.state().second_gate.clone());
                event.state().spawn(async move {
                    if late {
                        second.pass().await;
                    }
                    session.update_with(|access| access.sub = "planted".to_owned()).await
                });
                if !late {
                    event.state().gate.reached().await;
                }
                event.refuse();
                Ok(())
            })
        });
        let tokens = Tokens::of(&world);
        let context = context(&world, &cookies(&[&tokens.revoked, &tokens.good]));
        let manager = soon(world.access.manager(&context)).await.unwrap();
        world.gate.open();
        world.second_gate.open();
        assert_eq!(world.written().await, [REFUSED], "late: {late}");
        assert_eq!(seen(&manager), is("good", Status::Valid), "late: {late}");
        assert!(finish(&context).is_empty(), "late: {late}");
    }
}

#[tokio::test]
async fn the_other_hooks_run_once_for_the_best_of_what_is_left() {
    let world = World::new();
    refusing(&world);
    let tokens = Tokens::of(&world);
    let expired = ["access on_expire expired", "access renew expired"];
    let rejected = ["access on_error read", "access renew"];
    for (order, status, hooks) in [
        (vec!["revoked", "expired"], Status::Expired, &expired[..]),
        (vec!["expired", "revoked"], Status::Expired, &expired[..]),
        (vec!["forged", "revoked", "expired"], Status::Expired, &expired[..]),
        (vec!["forged", "expired"], Status::Expired, &expired[..]),
        (vec!["revoked", "forged"], Status::Rejected, &rejected[..]),
        (vec!["forged", "revoked"], Status::Rejected, &rejected[..]),
        (vec!["revoked"], Status::Rejected, &[][..]),
    ] {
        let sent: Vec<&str> = order.iter().map(|name| tokens.named(name)).collect();
        let context = context(&world, &cookies(&sent));
        let manager = world.access.manager(&context).await.unwrap();
        assert_eq!(seen(&manager), is("nobody", status), "{order:?}");
        let mut log = world.log();
        if order.contains(&"revoked") {
            assert_eq!(log.iter().filter(|line| *line == "access on_read revoked").count(), 1, "{order:?}");
        }
        log.retain(|line| line != "access on_read revoked");
        assert_eq!(log, hooks, "{order:?}");
        assert!(finish(&context).is_empty(), "{order:?}");
    }
}

#[tokio::test]
async fn a_refusal_that_forgets_removes_the_cookie_unless_another_session_is_approved() {
    let world = World::new();
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            match event.current().data.sub.as_str() {
                "revoked" => event.refuse_and_forget(),
                "banned" => event.refuse(),
                _ => {}
            }
            Ok(())
        })
    });
    let tokens = Tokens::of(&world);
    let banned = world.access_token("banned");
    for (other, forgets) in
        [(&banned, true), (&tokens.forged, true), (&tokens.expired, true), (&tokens.good, false)]
    {
        for order in [[&tokens.revoked, other], [other, &tokens.revoked]] {
            let context = context(&world, &cookies(&[order[0], order[1]]));
            let current = world.access.get(&context).await.unwrap();
            assert_eq!(current.is_some(), !forgets);
            let carried = if forgets { vec!["access removed".to_owned()] } else { Vec::new() };
            assert_eq!(said(&finish(&context)), carried);
        }
    }
}

#[tokio::test]
async fn a_hook_that_fails_is_an_outage_and_ends_the_search() {
    let world = World::new();
    world.access_hooks.on_read(|event| {
        Box::pin(async move {
            match event.current().data.sub.as_str() {
                "revoked" => Err(HookError::new("the store is down")),
                _ => Ok(()),
            }
        })
    });
    let tokens = Tokens::of(&world);
    let context = context(&world, &cookies(&[&tokens.revoked, &tokens.good]));
    assert_eq!(world.access.get(&context).await.unwrap_err().kind(), ErrorKind::Hook);
    assert_eq!(world.log(), ["access on_read revoked"]);
}
