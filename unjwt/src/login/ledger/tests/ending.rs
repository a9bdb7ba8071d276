//! Ends, wherever and whenever they happen.

use super::*;

#[tokio::test]
async fn an_end_is_seen_here_at_once_and_elsewhere_after_recheck() {
    let fake = Fake::new();
    let (here, there) = (fake.ledger(PLAIN), fake.ledger(PLAIN));
    let groups = Groups::default();
    let login = begin(&here, &groups).await;
    let other = begin(&here, &groups).await;
    // No change is told, so that `recheck` alone counts.
    assert_eq!(look(&there, &login, &groups).await, Ok(Verdict::Live));
    here.end(login.id).await.unwrap();
    assert_eq!(look(&here, &login, &groups).await, Ok(Verdict::Ended));
    fake.pass(10_000);
    assert_eq!(look(&there, &login, &groups).await, Ok(Verdict::Ended));
    assert_eq!(look(&there, &other, &groups).await, Ok(Verdict::Live));
    // It is final, however often it is ended.
    here.end(login.id).await.unwrap();
    assert_eq!(look(&there, &login, &groups).await, Ok(Verdict::Ended));
}

#[tokio::test]
async fn a_watched_store_tells_an_end_before_that() {
    let fake = Fake { is_watched: true, ..Fake::new() };
    let (here, there) = (fake.ledger(BY_USER), fake.ledger(BY_USER));
    let groups = of(7, None);
    let (one, two) = (begin(&here, &groups).await, begin(&here, &groups).await);
    assert_eq!(look(&there, &one, &groups).await, Ok(Verdict::Live));
    assert_eq!(look(&there, &two, &groups).await, Ok(Verdict::Live));
    here.end(one.id).await.unwrap();
    here.end_all(key_of(7), None).await.unwrap();
    eventually(async || {
        look(&there, &one, &groups).await == Ok(Verdict::Ended)
            && look(&there, &two, &groups).await == Ok(Verdict::Ended)
    })
    .await;
}

#[tokio::test]
async fn groups_end_together_and_apart() {
    let fake = Fake::new();
    let ledger = fake.ledger(BY_USER);
    let all = [of(7, Some(1)), of(7, Some(2)), of(8, Some(1)), of(9, None)];
    let mut logins = Vec::new();
    for groups in &all {
        logins.push(begin(&ledger, groups).await);
    }
    let lives = async || {
        let mut lives = Vec::new();
        for (login, groups) in logins.iter().zip(&all) {
            lives.push(look(&ledger, login, groups).await == Ok(Verdict::Live));
        }
        lives
    };
    ledger.end_all(keys::of_group("bare", "tenant", b"1"), None).await.unwrap();
    assert_eq!(lives().await, [false, true, false, true]);
    ledger.end_all(key_of(7), None).await.unwrap();
    assert_eq!(lives().await, [false, false, false, true]);
    let again = begin(&ledger, &all[0]).await;
    assert_eq!(look(&ledger, &again, &all[0]).await, Ok(Verdict::Live), "a new login");
    // A token of the same login that names other groups is asked for on its own.
    assert_eq!(look(&ledger, &logins[3], &of(7, None)).await, Ok(Verdict::Ended));
    ledger.end_all(ledger.everyone(), None).await.unwrap();
    assert_eq!(lives().await, [false; 4]);
    assert_eq!(look(&ledger, &again, &all[0]).await, Ok(Verdict::Ended));
}

#[tokio::test]
async fn the_others_end_and_nobody_who_had_ended_comes_back() {
    let fake = Fake::new();
    let (here, there) = (fake.ledger(BY_USER), fake.ledger(BY_USER));
    let groups = of(7, None);
    let (one, two) = (begin(&here, &groups).await, begin(&here, &groups).await);
    let but = |login: &Login| Some(Exception { id: login.id, under: login.epochs.get(1) });
    here.end_all(key_of(7), but(&one)).await.unwrap();
    there.end_all(key_of(7), but(&two)).await.unwrap();
    for ledger in [&here, &there] {
        fake.pass(10_000);
        assert_eq!(look(ledger, &two, &groups).await, Ok(Verdict::Ended), "ended by `one` first");
        assert_eq!(look(ledger, &one, &groups).await, Ok(Verdict::Ended), "ended by whoever came last");
    }
}

#[tokio::test]
async fn an_end_during_an_outage_is_told_kept_and_repeated() {
    let fake = Fake::new();
    let spec = RevocableSpec { serve: Some(3600), ..BY_USER };
    let (here, there) = (fake.ledger(spec), fake.ledger(spec));
    let groups = of(7, None);
    let (one, two) = (begin(&here, &groups).await, begin(&here, &of(8, None)).await);
    fake.fault(2);
    let (ended, by) = tokio::join!(here.end(one.id), here.end_all(key_of(8), None));
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(by.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(look(&here, &one, &groups).await, Ok(Verdict::Ended));
    assert_eq!(look(&here, &two, &of(8, None)).await, Ok(Verdict::Ended));
    fake.fault(0);
    eventually(async || here.0.unwritten.lock().unwrap().is_empty()).await;
    assert_eq!(look(&there, &one, &groups).await, Ok(Verdict::Ended));
    assert_eq!(look(&there, &two, &of(8, None)).await, Ok(Verdict::Ended));
}

#[tokio::test]
async fn what_the_store_forgot_it_is_told_again() {
    let fake = Fake::new();
    let ledger = fake.ledger(BY_USER);
    let groups = of(7, None);
    let (one, two) = (begin(&ledger, &groups).await, begin(&ledger, &of(8, None)).await);
    ledger.end(one.id).await.unwrap();
    ledger.end_all(key_of(8), None).await.unwrap();
    fake.restart_empty();
    fake.pass(10_000);
    // Asked as by a request whose memory is gone, and which is answered by this process nevertheless.
    assert_eq!(ledger.check(&one, &groups).await, Ok(Verdict::Ended));
    assert_eq!(ledger.check(&two, &of(8, None)).await, Ok(Verdict::Ended));
    let elsewhere = async || {
        let there = fake.ledger(BY_USER);
        (look(&there, &one, &groups).await, look(&there, &two, &of(8, None)).await)
    };
    eventually(async || elsewhere().await == (Ok(Verdict::Ended), Ok(Verdict::Ended))).await;
}

#[tokio::test]
async fn a_sign_in_during_the_end_of_its_group_is_over_at_once_and_not_listed() {
    let fake = Fake::new();
    let (ledger, elsewhere) = (fake.ledger(BY_USER), fake.ledger(BY_USER));
    let groups = of(7, None);
    begin(&ledger, &groups).await;
    let mut over = 0;
    for delay in 0..12 {
        fake.delay.store(6, Ordering::SeqCst);
        let ends = if delay % 2 == 0 { ledger.clone() } else { elsewhere.clone() };
        let ending = tokio::spawn({
            let ends = ends.clone();
            async move { ends.end_all(key_of(7), None).await }
        });
        sleep(Duration::from_millis(delay / 2)).await;
        let login = begin(&ledger, &groups).await;
        ending.await.unwrap().unwrap();
        fake.delay.store(0, Ordering::SeqCst);
        let lives = look(&fake.ledger(BY_USER), &login, &groups).await == Ok(Verdict::Live);
        over += usize::from(!lives);
        let seen = look(&ends, &login, &groups).await == Ok(Verdict::Live);
        let listed = ledger.list(key_of(7)).await.unwrap().iter().any(|listed| listed.id == login.id);
        assert_eq!((seen, listed), (lives, lives), "{delay}");
        fake.pass(1);
    }
    assert!(over > 0, "none was begun before the end");
}

#[tokio::test]
async fn a_store_that_fails_now_and_then_is_told_everything_once_at_a_time() {
    const ENDED: usize = 5_000;
    let fake = Fake::new();
    let ledger = fake.ledger(PLAIN);
    let groups = Groups::default();
    let login = begin(&ledger, &groups).await;
    let mut last = None;
    for _ in 0..ENDED {
        let ended = begin(&ledger, &groups).await;
        ledger.end(ended.id).await.unwrap();
        last = Some(ended);
    }
    fake.loads();
    fake.delay.store(2, Ordering::SeqCst);
    for _ in 0..40 {
        ledger.0.is_out.store(true, Ordering::Relaxed);
        assert_eq!(ledger.check(&login, &groups).await, Ok(Verdict::Live));
    }
    sleep(Duration::from_millis(500)).await;
    // A hundred keys in a load, so fifty each time.
    let loads = fake.loads();
    assert!(loads < 40 + 4 * ENDED / 100, "{loads}");
    // The last of them found everything that was forgotten before it began.
    fake.delay.store(0, Ordering::SeqCst);
    fake.restart_empty();
    ledger.0.is_out.store(true, Ordering::Relaxed);
    assert_eq!(ledger.check(&login, &groups).await, Ok(Verdict::Live));
    let last = last.unwrap();
    eventually(async || fake.ledger(PLAIN).check(&last, &groups).await == Ok(Verdict::Ended)).await;
}

#[tokio::test]
async fn a_flood_of_ends_makes_a_process_forget_some_and_serve_none() {
    const MORE_THAN_KEPT: usize = 300_000;
    let fake = Fake::new();
    let ledger = fake.ledger(RevocableSpec { serve: Some(60), ..PLAIN });
    let groups = Groups::default();
    let mut logins = Vec::new();
    for _ in 0..200 {
        let login = begin(&ledger, &groups).await;
        ledger.end(login.id).await.unwrap();
        logins.push(login);
    }
    for _ in 0..MORE_THAN_KEPT {
        ledger.learn_end(crate::login::id::LoginId::random());
    }
    logins.retain(|login| ledger.recall(login, &groups) == Recall::Unknown);
    assert!(!logins.is_empty(), "none is forgotten");
    fake.fault(1);
    for login in &logins {
        assert_eq!(look(&ledger, login, &groups).await, Err(ErrorKind::Unavailable));
    }
    fake.fault(0);
    for login in &logins {
        assert_eq!(look(&ledger, login, &groups).await, Ok(Verdict::Ended));
    }
}
