//! Asking the store, and what its outage makes of a login.

use std::time::Instant;

use super::*;

#[tokio::test]
async fn within_recheck_no_store_is_asked_and_after_it_once() {
    let fake = Fake::new();
    let ledger = fake.ledger(BY_USER);
    let groups = of(7, Some(1));
    let login = begin(&ledger, &groups).await;
    fake.loads();
    for _ in 0..100 {
        assert_eq!(look(&ledger, &login, &groups).await, Ok(Verdict::Live));
    }
    fake.pass(9_999);
    assert_eq!((look(&ledger, &login, &groups).await, fake.loads()), (Ok(Verdict::Live), 0));
    fake.pass(1);
    fake.delay.store(20, Ordering::SeqCst);
    let asked: Vec<_> = (0..100)
        .map(|_| {
            let (ledger, login, groups) = (ledger.clone(), login.clone(), of(7, Some(1)));
            tokio::spawn(async move { look(&ledger, &login, &groups).await })
        })
        .collect();
    for asked in asked {
        assert_eq!(asked.await.unwrap(), Ok(Verdict::Live));
    }
    assert_eq!(fake.loads(), 1);
    assert!(ledger.0.checks.lock().unwrap().is_empty());
}

#[tokio::test]
async fn checks_of_many_logins_share_their_loads() {
    const LOGINS: usize = 2_000;
    let fake = Fake::new();
    let ledger = fake.ledger(PLAIN);
    let mut logins = Vec::new();
    for _ in 0..LOGINS {
        logins.push(begin(&ledger, &Groups::default()).await);
    }
    ledger.end(logins[3].id).await.unwrap();
    let there = fake.ledger(PLAIN);
    fake.delay.store(5, Ordering::SeqCst);
    fake.loads();
    let asked: Vec<_> = logins
        .iter()
        .map(|login| {
            let (there, login) = (there.clone(), login.clone());
            tokio::spawn(async move { look(&there, &login, &Groups::default()).await })
        })
        .collect();
    for (at, asked) in asked.into_iter().enumerate() {
        assert_eq!(asked.await.unwrap(), Ok(if at == 3 { Verdict::Ended } else { Verdict::Live }), "{at}");
    }
    // Two keys each, a hundred in a load.
    let loads = fake.loads();
    assert!((LOGINS * 2 / 100..LOGINS / 10).contains(&loads), "{loads}");
}

#[tokio::test]
async fn a_request_that_leaves_does_not_end_the_check_of_the_others() {
    let fake = Fake::new();
    let ledger = fake.ledger(PLAIN);
    let groups = Groups::default();
    let login = begin(&ledger, &groups).await;
    fake.pass(10_000);
    fake.delay.store(20, Ordering::SeqCst);
    fake.loads();
    let first = tokio::spawn({
        let (ledger, login) = (ledger.clone(), login.clone());
        async move { look(&ledger, &login, &Groups::default()).await }
    });
    sleep(Duration::from_millis(5)).await;
    let second = look(&ledger, &login, &groups);
    first.abort();
    assert_eq!((second.await, fake.loads()), (Ok(Verdict::Live), 1));
}

#[tokio::test]
async fn an_outage_refuses_and_recovers() {
    let fake = Fake::new();
    let ledger = fake.ledger(PLAIN);
    let groups = Groups::default();
    let login = begin(&ledger, &groups).await;
    for fault in [1, 2] {
        fake.fault(fault);
        assert_eq!(look(&ledger, &login, &groups).await, Ok(Verdict::Live), "within recheck");
        fake.pass(10_000);
        assert_eq!(look(&ledger, &login, &groups).await, Err(ErrorKind::Unavailable));
        assert!(ledger.begin(&groups, "").await.is_err_and(|error| error.kind() == ErrorKind::Unavailable));
        fake.fault(0);
        assert_eq!(look(&ledger, &login, &groups).await, Ok(Verdict::Live));
    }
}

#[tokio::test]
async fn an_outage_serves_as_long_as_the_attribute_says() {
    let fake = Fake::new();
    let spec = RevocableSpec { serve: Some(60), ..BY_USER };
    let ledger = fake.ledger(spec);
    let groups = of(7, None);
    let (login, unknown) = (begin(&ledger, &groups).await, begin(&fake.ledger(spec), &groups).await);
    fake.fault(1);
    fake.pass(60_000);
    assert_eq!(look(&ledger, &login, &groups).await, Ok(Verdict::Unchecked));
    assert_eq!(look(&ledger, &unknown, &groups).await, Err(ErrorKind::Unavailable), "never checked here");
    assert_eq!(
        look(&ledger, &login, &of(8, None)).await,
        Err(ErrorKind::Unavailable),
        "not with these groups"
    );
    fake.pass(1);
    assert_eq!(look(&ledger, &login, &groups).await, Err(ErrorKind::Unavailable));
}

#[tokio::test]
async fn an_unreadable_record_is_an_outage() {
    let fake = Fake::new();
    let ledger = fake.ledger(BY_USER);
    let groups = of(7, None);
    let login = begin(&ledger, &groups).await;
    let until = UnixTime::from_secs(START / 1000 + 1000);
    fake.swap(&keys::of_login(&login.id), None, b"?", until).await.unwrap();
    fake.pass(10_000);
    assert_eq!(look(&ledger, &login, &groups).await, Err(ErrorKind::Unavailable));
    // An end is final whatever else is known.
    ledger.end(login.id).await.unwrap();
    assert_eq!(look(&fake.ledger(BY_USER), &login, &groups).await, Ok(Verdict::Ended));
}

#[tokio::test]
async fn a_clock_turned_back_asks_again() {
    let fake = Fake::new();
    let ledger = fake.ledger(PLAIN);
    let groups = Groups::default();
    let login = begin(&ledger, &groups).await;
    fake.loads();
    fake.now.fetch_sub(1, Ordering::SeqCst);
    assert_eq!((look(&ledger, &login, &groups).await, fake.loads()), (Ok(Verdict::Live), 1));
}

#[tokio::test]
async fn several_tokens_of_a_login_share_no_answer_and_take_none_from_each_other() {
    let fake = Fake::new();
    let ledger = fake.ledger(BY_USER);
    let groups = of(7, Some(1));
    let login = begin(&ledger, &groups).await;
    // The token of a session that belongs to the login, one from before an update, and one from before that.
    let tokens = [
        (login.clone(), of(7, Some(1))),
        (ledger.with_keys(&login, &groups), Groups::default()),
        (login.clone(), of(7, Some(2))),
        (login.clone(), of(7, None)),
    ];
    for (login, groups) in &tokens {
        assert_eq!(look(&ledger, login, groups).await, Ok(Verdict::Live));
    }
    fake.loads();
    for (login, groups) in tokens.iter().cycle().take(100) {
        assert_eq!(look(&ledger, login, groups).await, Ok(Verdict::Live));
    }
    assert_eq!(fake.loads(), 0);
    ledger.end(login.id).await.unwrap();
    for (login, groups) in &tokens {
        assert_eq!(look(&ledger, login, groups).await, Ok(Verdict::Ended));
    }
}

#[tokio::test]
async fn nobody_waits_long_for_a_store_that_hangs_however_many_ask() {
    let fake = Fake::new();
    let ledger = fake.ledger(PLAIN);
    let mut logins = Vec::new();
    for _ in 0..2_000 {
        logins.push(begin(&ledger, &Groups::default()).await);
    }
    fake.pass(10_000);
    fake.fault(2);
    let begun = Instant::now();
    let asked: Vec<_> = logins
        .into_iter()
        .map(|login| {
            let ledger = ledger.clone();
            tokio::spawn(async move { look(&ledger, &login, &Groups::default()).await })
        })
        .collect();
    for asked in asked {
        assert_eq!(asked.await.unwrap(), Err(ErrorKind::Unavailable));
    }
    // The deadline of the store is two seconds, and the loads for all of them would take twenty.
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    fake.fault(0);
    let login = begin(&ledger, &Groups::default()).await;
    fake.pass(10_000);
    assert_eq!(look(&ledger, &login, &Groups::default()).await, Ok(Verdict::Live));
}
