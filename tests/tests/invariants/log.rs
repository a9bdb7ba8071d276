//! Undoing a write undoes that write and nothing else.

use unjwt::hooks::HookError;
use unjwt::{ErrorKind, Status};

use super::kit::{World, access, finish, is, said, seen, soon};

/// The end of a background write.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Fails,
    Panics,
    IsCutOff,
}

const ENDS: [End; 3] = [End::Fails, End::Panics, End::IsCutOff];

/// `on_update` waits at the gate with a session called eve, at the second gate with one called mallory, and
/// then ends so; it refuses to begin a session for bob.
fn ending(world: &World, end: End) {
    world.access_hooks.on_update(move |event| {
        Box::pin(async move {
            match event.current().data.sub.as_str() {
                "eve" => event.state().gate.pass().await,
                "mallory" => event.state().second_gate.pass().await,
                "bob" => return Err(HookError::new("the store is down")),
                _ => return Ok(()),
            }
            assert_ne!(end, End::Panics, "a bug in a hook");
            Err(HookError::new("the store is down"))
        })
    });
}

/// Lets the waiting writes continue to their end.
async fn end(world: &World, end: End) {
    if end == End::IsCutOff {
        world.abort();
    } else {
        world.gate.open();
        world.second_gate.open();
    }
    for result in world.written().await {
        assert!(result.is_none_or(|result| result.is_err()), "{end:?}");
    }
}

/// `on_read` begins a write in the background, and then refuses.
fn writing_and_refusing(world: &World) {
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
}

#[tokio::test(start_paused = true)]
async fn a_refusal_stays_when_a_write_from_before_it_fails() {
    for how in ENDS {
        let world = World::new();
        ending(&world, how);
        writing_and_refusing(&world);
        let context = world.context(&[world.access_cookie("banned")]);
        let manager = soon(world.access.manager(&context)).await.unwrap();
        assert_eq!(seen(&manager), is("nobody", Status::Rejected), "{how:?}");
        end(&world, how).await;
        assert_eq!(seen(&manager), is("nobody", Status::Rejected), "{how:?}");
        assert!(finish(&context).is_empty(), "{how:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_stays_when_two_writes_from_before_it_fail_in_either_order() {
    for second_first in [false, true] {
        let world = World::new();
        ending(&world, End::Fails);
        world.access_hooks.on_read(|event| {
            Box::pin(async move {
                let session = event.session().clone();
                event
                    .state()
                    .spawn(async move { session.update_with(|access| access.sub = "eve".to_owned()).await });
                event.state().gate.reached().await;
                let session = event.session().clone();
                event.state().spawn(async move { session.replace(access("mallory")).await });
                event.state().second_gate.reached().await;
                event.refuse();
                Ok(())
            })
        });
        let context = world.context(&[world.access_cookie("banned")]);
        let manager = soon(world.access.manager(&context)).await.unwrap();
        let gates = [&world.gate, &world.second_gate];
        for index in if second_first { [1, 0] } else { [0, 1] } {
            gates[index].open();
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            assert_eq!(seen(&manager), is("nobody", Status::Rejected), "second first: {second_first}");
        }
        end(&world, End::Fails).await;
        assert_eq!(seen(&manager), is("nobody", Status::Rejected), "second first: {second_first}");
        assert!(finish(&context).is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_that_fails_after_a_refusal_leaves_the_refusal() {
    let world = World::new();
    ending(&world, End::Fails);
    writing_and_refusing(&world);
    let context = world.context(&[world.access_cookie("banned")]);
    let manager = soon(world.access.manager(&context)).await.unwrap();
    assert_eq!(manager.replace(access("bob")).await.unwrap_err().kind(), ErrorKind::Hook);
    assert_eq!(seen(&manager), is("nobody", Status::Rejected));
    end(&world, End::Fails).await;
    assert_eq!(seen(&manager), is("nobody", Status::Rejected));
    assert!(finish(&context).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_login_that_is_under_way_when_a_write_from_before_the_refusal_fails_leaves_the_refusal() {
    let world = World::new();
    ending(&world, End::Fails);
    writing_and_refusing(&world);
    let context = world.context(&[world.access_cookie("banned")]);
    let manager = soon(world.access.manager(&context)).await.unwrap();
    let login = manager.clone();
    world.spawn(async move { login.replace(access("mallory")).await });
    world.second_gate.reached().await;
    world.gate.open();
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    world.second_gate.open();
    end(&world, End::Fails).await;
    assert_eq!(seen(&manager), is("nobody", Status::Rejected));
    assert!(finish(&context).is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_ended_session_stays_ended_when_a_write_from_before_fails() {
    for how in ENDS {
        let world = World::new();
        ending(&world, how);
        let context = world.context(&[world.access_cookie("ada")]);
        let manager = world.access.manager(&context).await.unwrap();
        let session = manager.clone();
        world.spawn(async move { session.update_with(|access| access.sub = "eve".to_owned()).await });
        world.gate.reached().await;
        manager.clear().await.unwrap();
        end(&world, how).await;
        assert_eq!(seen(&manager), is("nobody", Status::Cleared), "{how:?}");
        assert_eq!(said(&finish(&context)), ["access removed"], "{how:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_ended_by_its_reading_stays_ended_when_a_write_from_before_fails() {
    for refuses in [false, true] {
        let world = World::new();
        ending(&world, End::Fails);
        world.access_hooks.on_read(move |event| {
            Box::pin(async move {
                let session = event.session().clone();
                event
                    .state()
                    .spawn(async move { session.update_with(|access| access.sub = "eve".to_owned()).await });
                event.state().gate.reached().await;
                event.session().clear().await?;
                if refuses {
                    event.refuse();
                }
                Ok(())
            })
        });
        let context = world.context(&[world.access_cookie("ada")]);
        let manager = soon(world.access.manager(&context)).await.unwrap();
        end(&world, End::Fails).await;
        assert!(manager.current().is_none(), "refuses: {refuses}");
        assert_eq!(said(&finish(&context)), ["access removed"], "refuses: {refuses}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_write_over_an_approved_session_leaves_it_as_it_was() {
    for how in ENDS {
        let world = World::new();
        ending(&world, how);
        world.access_hooks.on_read(|event| {
            Box::pin(async move {
                event.session().update_with(|access| access.sub.push_str(", seen")).await.map(drop)?;
                let session = event.session().clone();
                event
                    .state()
                    .spawn(async move { session.update_with(|access| access.sub = "eve".to_owned()).await });
                event.state().gate.reached().await;
                Ok(())
            })
        });
        let context = world.context(&[world.access_cookie("ada")]);
        let manager = soon(world.access.manager(&context)).await.unwrap();
        end(&world, how).await;
        assert_eq!(seen(&manager), is("ada, seen", Status::Valid), "{how:?}");
        let cookies = finish(&context);
        assert_eq!(said(&cookies), ["access set"], "{how:?}");
        assert_eq!(cookies[0].value, manager.token().unwrap().as_str(), "{how:?}");
    }
}
