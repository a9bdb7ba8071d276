//! Rotations: one swap for all who renew at the same time, and bounded waiting.

use tokio::task::JoinSet;

use super::*;
use crate::error::Error;
use crate::login::ledger::Rotated;
use crate::spec::RotationSpec;

const ROTATES: RevocableSpec =
    RevocableSpec { rotation: Some(RotationSpec { window: 30, adopts: false }), ..PLAIN };

/// Renews the same token in so many tasks at once.
async fn renew_at_once(ledger: &Ledger, login: &Login, tasks: usize) -> Vec<Result<Rotated, Error>> {
    let mut renewing = JoinSet::new();
    for _ in 0..tasks {
        let (ledger, login) = (ledger.clone(), login.clone());
        renewing.spawn(async move { ledger.rotate(&login, &Groups::default(), false).await });
    }
    renewing.join_all().await
}

fn of_generation(login: &Login, generation: u64) -> Login {
    Login { generation: Some(generation), ..login.clone() }
}

#[tokio::test]
async fn tabs_that_renew_together_share_one_generation_and_its_loads() {
    let fake = Fake::new();
    let ledger = fake.ledger(ROTATES);
    let login = begin(&ledger, &Groups::default()).await;
    assert_eq!(login.generation, Some(1));
    assert_eq!(
        ledger.rotate(&login, &Groups::default(), false).await,
        Ok(Rotated::Kept),
        "at most one generation in a window"
    );
    fake.pass(30_000);
    fake.loads();
    fake.delay.store(5, Ordering::SeqCst);
    let tabs = renew_at_once(&ledger, &login, 10).await;
    assert!(tabs.iter().all(|tab| *tab == Ok(Rotated::Issued(2))), "{tabs:?}");
    assert_eq!(fake.loads(), 1);
    // Another process does not know of it, and answers the same.
    assert_eq!(fake.ledger(ROTATES).rotate(&login, &Groups::default(), false).await, Ok(Rotated::Issued(2)));
}

#[tokio::test]
async fn a_copy_ends_the_login_in_this_process_at_once_and_in_the_store() {
    let fake = Fake::new();
    let ledger = fake.ledger(ROTATES);
    let login = begin(&ledger, &Groups::default()).await;
    for generation in 1..=3 {
        fake.pass(100_000);
        let renewed = ledger.rotate(&of_generation(&login, generation), &Groups::default(), false).await;
        assert_eq!(renewed, Ok(Rotated::Issued(generation + 1)));
    }
    fake.pass(100_000);
    assert_eq!(
        ledger.rotate(&of_generation(&login, 1), &Groups::default(), false).await,
        Ok(Rotated::Reused)
    );
    let groups = Groups::default();
    assert_eq!(look(&ledger, &of_generation(&login, 4), &groups).await, Ok(Verdict::Ended));
    let elsewhere = fake.ledger(ROTATES);
    assert_eq!(look(&elsewhere, &of_generation(&login, 4), &groups).await, Ok(Verdict::Ended));
    assert_eq!(
        elsewhere.rotate(&of_generation(&login, 4), &Groups::default(), false).await,
        Ok(Rotated::Ended)
    );
}

#[tokio::test]
async fn a_check_finds_a_copy_too() {
    let fake = Fake::new();
    let ledger = fake.ledger(ROTATES);
    let login = begin(&ledger, &Groups::default()).await;
    for generation in 1..=2 {
        fake.pass(100_000);
        ledger.rotate(&of_generation(&login, generation), &Groups::default(), false).await.unwrap();
    }
    fake.pass(100_000);
    let groups = Groups::default();
    assert_eq!(look(&ledger, &of_generation(&login, 3), &groups).await, Ok(Verdict::Live));
    assert_eq!(look(&ledger, &of_generation(&login, 1), &groups).await, Ok(Verdict::Reused));
    assert_eq!(look(&ledger, &of_generation(&login, 3), &groups).await, Ok(Verdict::Ended));
}

#[tokio::test]
async fn a_check_counts_for_the_next_generation_and_for_sessions_of_the_login() {
    let fake = Fake::new();
    let ledger = fake.ledger(RevocableSpec { serve: Some(60), ..ROTATES });
    let groups = Groups::default();
    let login = begin(&ledger, &groups).await;
    fake.pass(30_000);
    assert_eq!(look(&ledger, &login, &groups).await, Ok(Verdict::Live));
    assert_eq!(ledger.rotate(&login, &groups, false).await, Ok(Rotated::Issued(2)));
    let renewed = of_generation(&login, 2);
    let shared = ledger.with_keys(&renewed, &groups);
    fake.loads();
    for login in [&renewed, &shared] {
        assert_eq!((look(&ledger, login, &groups).await, fake.loads()), (Ok(Verdict::Live), 0));
    }
    // In an outage too, for as long as the attribute says since that check.
    fake.fault(1);
    fake.pass(60_000);
    for login in [&renewed, &shared] {
        assert_eq!(look(&ledger, login, &groups).await, Ok(Verdict::Unchecked));
    }
    fake.pass(1);
    for login in [&renewed, &shared] {
        assert_eq!(look(&ledger, login, &groups).await, Err(ErrorKind::Unavailable));
    }
}

#[tokio::test]
async fn nobody_waits_for_a_queue_in_front_of_a_store_that_hangs() {
    let fake = Fake::new();
    let ledger = fake.ledger(ROTATES);
    let login = begin(&ledger, &Groups::default()).await;
    fake.pass(30_000);
    fake.fault(2);
    // The deadline of the store is two seconds: one after the other they would take minutes.
    let all =
        tokio::time::timeout(Duration::from_secs(60), renew_at_once(&ledger, &login, 100)).await.unwrap();
    assert!(all.iter().all(|one| one.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unavailable)));
    fake.fault(0);
    assert_eq!(ledger.rotate(&login, &Groups::default(), false).await, Ok(Rotated::Issued(2)));
}

#[tokio::test]
async fn a_write_that_is_no_renewal_prolongs_the_record_once_an_hour() {
    let fake = Fake::new();
    let ledger = fake.ledger(ROTATES);
    let groups = Groups::default();
    let login = begin(&ledger, &groups).await;
    let written = async || {
        fake.loads();
        for _ in 0..10 {
            ledger.renewed(&login, &groups);
        }
        sleep(Duration::from_millis(20)).await;
        fake.loads()
    };
    assert_eq!((written().await, written().await), (1, 0));
    fake.pass(3_600_000);
    assert_eq!(ledger.rotate(&login, &Groups::default(), false).await, Ok(Rotated::Issued(2)));
    assert_eq!(written().await, 0, "the rotation has just written it");
    fake.pass(3_600_000);
    fake.fault(1);
    assert_eq!(written().await, 1);
    fake.fault(0);
    eventually(async || written().await == 1).await;
    assert_eq!(written().await, 0);
}
