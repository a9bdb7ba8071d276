//! A write that can still be undone is seen only by code that would be undone with it, and nothing else is
//! based on it.

use std::sync::Arc;

use unjwt::hooks::HookError;
use unjwt::{ErrorKind, RequestContext, SessionManager, Status};

use super::kit::{Access, World, access, finish, is, said, seen};

type Asked = RequestContext<Arc<World>>;

/// `on_update` waits at the gate with a session called eve, and then fails if it is told to.
fn waiting(world: &World, fails: bool) {
    world.access_hooks.on_update(move |event| {
        Box::pin(async move {
            if event.current().data.sub != "eve" {
                return Ok(());
            }
            event.state().note(format!("in its hook {:?}", seen(event.session())));
            event.state().gate.pass().await;
            if fails { Err(HookError::new("this user may not be eve")) } else { Ok(()) }
        })
    });
}

/// A request of ada, in which another task becomes eve and waits for `on_update`.
async fn becoming_eve(fails: bool) -> (Arc<World>, Asked, SessionManager<Access>) {
    let world = World::new();
    waiting(&world, fails);
    let context = world.context(&[world.access_cookie("ada")]);
    let manager = world.access.manager(&context).await.unwrap();
    let session = manager.clone();
    world.spawn(async move { session.update_with(|access| access.sub = "eve".to_owned()).await });
    world.gate.reached().await;
    (world, context, manager)
}

/// Returns the results of all writes that depend on the present data.
async fn updates(manager: &SessionManager<Access>) -> Vec<Result<(), ErrorKind>> {
    let ends = [
        manager.update_with(|access| access.sub.push_str(" and bob")).await,
        manager.update(Default::default()).await,
        manager.rotate().await,
    ];
    ends.map(|end| end.map(drop).map_err(|error| error.kind())).into()
}

async fn sent(world: &World, context: &Asked) -> Vec<String> {
    let mut sent = Vec::new();
    for cookie in finish(context) {
        sent.push(world.access.verify_without_hooks(&cookie.value).await.unwrap().data.sub.clone());
    }
    sent
}

#[tokio::test(start_paused = true)]
async fn what_an_on_update_refuses_is_carried_out_by_no_other_write() {
    let (world, context, manager) = becoming_eve(true).await;
    assert_eq!(seen(&manager), is("ada", Status::Valid));
    assert_eq!(world.access.get(&context).await.unwrap().unwrap().data.sub, "ada");
    assert_eq!(updates(&manager).await, [Err(ErrorKind::Conflict); 3]);
    world.gate.open();
    assert_eq!(world.written().await, [Some(Err(ErrorKind::Hook))]);
    assert_eq!(seen(&manager), is("ada", Status::Valid));
    manager.update_with(|access| access.sub.push_str(" and bob")).await.unwrap();
    assert_eq!(sent(&world, &context).await, ["ada and bob"]);
}

#[tokio::test(start_paused = true)]
async fn a_write_is_everybodys_when_its_on_update_has_returned() {
    let (world, context, manager) = becoming_eve(false).await;
    assert!(world.log().contains(&format!("in its hook {:?}", is("eve", Status::Valid))));
    assert_eq!(updates(&manager).await, [Err(ErrorKind::Conflict); 3]);
    world.gate.open();
    assert_eq!(world.written().await, [Some(Ok(()))]);
    assert_eq!(seen(&manager), is("eve", Status::Valid));
    manager.update_with(|access| access.sub.insert_str(0, "no longer ")).await.unwrap();
    assert_eq!(sent(&world, &context).await, ["no longer eve"]);
}

#[tokio::test(start_paused = true)]
async fn a_new_session_and_a_logout_wait_for_no_hook_and_count_in_place_of_what_was_written_before() {
    for fails in [true, false] {
        let (world, context, manager) = becoming_eve(fails).await;
        manager.replace(access("grace")).await.unwrap();
        assert_eq!(seen(&manager), is("grace", Status::Valid));
        manager.update_with(|access| access.sub.push_str(" and bob")).await.unwrap();
        world.gate.open();
        assert_eq!(world.written().await[0].unwrap().is_ok(), !fails);
        assert_eq!(sent(&world, &context).await, ["grace and bob"], "fails: {fails}");

        let (world, context, manager) = becoming_eve(fails).await;
        assert_eq!(manager.take().await.unwrap().unwrap().data.sub, "ada", "and not eve");
        assert_eq!(updates(&manager).await[0], Err(ErrorKind::NoSession));
        world.gate.open();
        world.written().await;
        assert_eq!(said(&finish(&context)), ["access removed"], "fails: {fails}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_reading_has_written_of_another_session_is_its_own_until_it_has_ended() {
    for fails in [true, false] {
        let world = World::new();
        world.refresh_hooks.on_read(move |event| {
            Box::pin(async move {
                let access = event.other::<Access>().await?;
                access.update_with(|access| access.sub = "admin".to_owned()).await?;
                event.state().note(format!("in its hook {:?}", seen(&access)));
                event.state().gate.pass().await;
                access.update_with(|access| access.sub.push_str(" indeed")).await?;
                if fails { Err(HookError::new("the store says no after all")) } else { Ok(()) }
            })
        });
        let context = world.context(&[world.access_cookie("ada"), world.refresh_cookie("ada")]);
        let (reader, asked) = (Arc::clone(&world), context.clone());
        world.spawn(async move { reader.refresh.get(&asked).await });
        world.gate.reached().await;
        assert!(world.log().contains(&format!("in its hook {:?}", is("admin", Status::Valid))));
        let manager = world.access.manager(&context).await.unwrap();
        assert_eq!(seen(&manager), is("ada", Status::Valid));
        assert_eq!(updates(&manager).await, [Err(ErrorKind::Conflict); 3]);
        world.gate.open();
        assert_eq!(world.written().await[0].unwrap().is_ok(), !fails);
        manager.update_with(|access| access.sub.push_str(" and bob")).await.unwrap();
        let expected = if fails { "ada and bob" } else { "admin indeed and bob" };
        assert_eq!(sent(&world, &context).await, [expected]);
    }
}
