//! The logins of one user.

use super::*;

#[tokio::test]
async fn a_sign_in_reads_the_store_once() {
    let fake = Fake::new();
    for spec in [PLAIN, BY_USER, RevocableSpec { max_logins: Some((2, LoginLimit::Refuse)), ..BY_USER }] {
        let ledger = fake.ledger(spec);
        fake.loads();
        begin(&ledger, &of(7, None)).await;
        assert_eq!(fake.loads(), 1, "{spec:?}");
    }
}

#[tokio::test]
async fn a_list_shows_who_lives() {
    let fake = Fake::new();
    let ledger = fake.ledger(BY_USER);
    let groups = of(7, None);
    let (mut ids, mut logins) = (Vec::new(), Vec::new());
    for label in ["one", "two", "three"] {
        let login = ledger.begin(&groups, label).await.unwrap().login;
        ids.push(login.id);
        logins.push(login);
        fake.pass(1_000);
    }
    let labels = async || {
        let logins = ledger.list(key_of(7)).await.unwrap();
        logins.iter().map(|login| login.label.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(labels().await, ["three", "two", "one"]);
    ledger.end(ids[1]).await.unwrap();
    assert_eq!(labels().await, ["three", "one"]);
    ledger.end_all(key_of(7), Some(Exception { id: ids[0], under: 0 })).await.unwrap();
    assert_eq!(labels().await, ["one"]);
    assert!(ledger.list(key_of(8)).await.unwrap().is_empty());
    // Renewed, it stays for another lifetime; otherwise it is gone with its tokens.
    fake.pass(6 * 86_400_000);
    ledger.renewed(&logins[0], &groups);
    eventually(async || {
        ledger.list(key_of(7)).await.unwrap()[0].renewed.as_secs() * 1000 >= START + 86_400_000
    })
    .await;
    fake.pass(6 * 86_400_000);
    assert_eq!(labels().await, ["one"]);
    fake.pass(2 * 86_400_000);
    assert!(labels().await.is_empty());
}

#[tokio::test]
async fn one_login_too_many_ends_the_oldest_or_is_refused() {
    let fake = Fake::new();
    let limited = |limit| fake.ledger(RevocableSpec { max_logins: Some((2, limit)), ..BY_USER });
    let (ends, refuses) = (limited(LoginLimit::EndOldest), limited(LoginLimit::Refuse));
    let groups = of(7, None);
    let first = begin(&ends, &groups).await;
    begin(&ends, &groups).await;
    let Begun { displaced, .. } = ends.begin(&groups, "").await.unwrap();
    assert_eq!(displaced, [first.id]);
    ends.end_each(displaced).await.unwrap();
    assert!(refuses.begin(&groups, "").await.is_err_and(|error| error.kind() == ErrorKind::TooManyLogins));
    assert!(refuses.begin(&of(8, None), "").await.is_ok());
    // A login that has ended does not count.
    let second = refuses.list(key_of(7)).await.unwrap()[1].id;
    refuses.end(second).await.unwrap();
    assert!(refuses.begin(&groups, "").await.is_ok());
}

#[tokio::test]
async fn many_logins_of_one_user_at_once_are_all_listed() {
    let fake = Fake::new();
    let ledger = fake.ledger(BY_USER);
    let begun: Vec<_> = (0..12)
        .map(|_| {
            let ledger = ledger.clone();
            tokio::spawn(async move { ledger.begin(&of(7, None), "").await.is_ok() })
        })
        .collect();
    let mut count = 0;
    for begun in begun {
        count += usize::from(begun.await.unwrap());
    }
    assert_eq!(ledger.list(key_of(7)).await.unwrap().len(), count);
    assert_eq!(count, 12);
}

#[tokio::test]
async fn logins_that_have_ended_push_none_out_of_the_list() {
    let fake = Fake::new();
    let ledger = fake.ledger(BY_USER);
    let groups = of(7, None);
    let hidden = begin(&ledger, &groups).await;
    for _ in 0..200 {
        let other = begin(&ledger, &groups).await;
        ledger.end(other.id).await.unwrap();
    }
    let listed: Vec<_> = ledger.list(key_of(7)).await.unwrap().iter().map(|login| login.id).collect();
    assert_eq!(listed, [hidden.id]);
}
