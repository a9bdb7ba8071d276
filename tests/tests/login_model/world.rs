//! The processes, the browsers and the copies, beside the model.

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use unjwt::{ErrorKind, JweKey, LoginId, RequestContext, Session, Tokens};

use crate::model::{Login as Model, PROCESSES, RECHECK};
use crate::script::Step;
use crate::support::store::{Fault, FaultyStore};
use crate::support::{Browser, TestClock};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Session)]
#[session(jwe, name = "sid", max_age = "7D", revocable(by(user, tenant)))]
struct Login {
    user: u64,
    tenant: Option<String>,
    renewals: u32,
}

const MAX_AGE: u64 = 7 * 86_400;

/// A token of a login, and when it expires.
#[derive(Clone)]
struct Held {
    login: usize,
    cookie: String,
    expires: u64,
}

pub struct World {
    clock: TestClock,
    store: FaultyStore,
    processes: Vec<Tokens<Login>>,
    browsers: Vec<Option<Held>>,
    copies: Vec<Held>,
    logins: Vec<(Model, LoginId)>,
    /// The users whose logins are being ended, which is not written yet.
    unwritten: Vec<u64>,
}

type Checked<T = ()> = Result<T, String>;

fn process(store: &FaultyStore, clock: &TestClock) -> Tokens<Login> {
    Login::config(JweKey::secret([7; 32])).clock(clock.read()).store(store.clone()).build().unwrap()
}

/// The users 0 and 1 belong to a tenant.
fn tenant(user: u64) -> Option<String> {
    (user < 2).then(|| "acme".to_owned())
}

impl World {
    pub fn new() -> Self {
        let clock = TestClock::new();
        let store = FaultyStore::new(&clock);
        Self {
            processes: (0..PROCESSES).map(|_| process(&store, &clock)).collect(),
            browsers: vec![None; 4],
            copies: Vec::new(),
            logins: Vec::new(),
            unwritten: Vec::new(),
            clock,
            store,
        }
    }

    pub async fn live(mut self, steps: &[Step]) -> Checked {
        for (at, step) in steps.iter().enumerate() {
            self.perform(step).await.map_err(|wrong| format!("step {at}, {step:?}: {wrong}"))?;
        }
        self.settle().await;
        for process in 0..PROCESSES {
            for token in 0..self.copies.len() + self.browsers.len() {
                self.present(process, token).await.map_err(|wrong| format!("at last: {wrong}"))?;
            }
        }
        Ok(())
    }

    async fn perform(&mut self, step: &Step) -> Checked {
        match *step {
            Step::SignIn { process, browser, user } => self.sign_in(process, browser, user).await,
            Step::Renew { process, browser } => self.renew(process, browser).await,
            Step::SignOut { process, browser } => {
                let Some(held) = self.browsers[browser].take() else { return Ok(()) };
                self.sign_out(process, held).await
            }
            Step::Copy { browser } => {
                self.copies.extend(self.browsers[browser].clone());
                Ok(())
            }
            Step::SignOutCopy { process, copy } => match self.copies.len() {
                0 => Ok(()),
                copies => self.sign_out(process, self.copies[copy % copies].clone()).await,
            },
            Step::End { process, login } => match self.logins.len() {
                0 => Ok(()),
                logins => {
                    let login = login % logins;
                    let result = self.processes[process].logins().end(self.logins[login].1).await;
                    self.ended(process, result, &[], |at, _| at == login)
                }
            },
            Step::EndUser { process, user } => {
                let result = self.processes[process].logins().end_by(Login::by_user(&user)).await;
                self.ended(process, result, &[user], |_, login| login.user == user)
            }
            Step::EndTenant { process } => {
                let result = self.processes[process].logins().end_by(Login::by_tenant("acme")).await;
                let logins = self.logins.iter_mut().filter(|(login, _)| tenant(login.user).is_some());
                logins.for_each(|(login, _)| login.ended_with_tenant = true);
                self.ended(process, result, &[0, 1], |_, login| tenant(login.user).is_some())
            }
            Step::EndOthers { process, browser } => self.end_others(process, browser).await,
            Step::EndEveryone { process } => {
                let result = self.processes[process].logins().end_everyone().await;
                self.ended(process, result, &[0, 1, 2], |_, _| true)
            }
            Step::Outage(fault) => {
                self.store.set(fault);
                Ok(())
            }
            Step::Wait { seconds } => {
                self.clock.seconds(seconds);
                Ok(())
            }
            Step::Restart { process: number } => {
                // What it had not written yet is lost with it, so everything is written first.
                self.settle().await;
                self.processes[number] = process(&self.store, &self.clock);
                self.logins.iter_mut().for_each(|(login, _)| login.restart(number));
                Ok(())
            }
            Step::List { process, user } => self.list(process, user).await,
            Step::Settle => {
                self.settle().await;
                Ok(())
            }
            Step::Present { process, token } => self.present(process, token).await,
        }
    }

    async fn settle(&mut self) {
        self.store.set(Fault::None);
        // Longer than the longest pause between two attempts.
        tokio::time::sleep(std::time::Duration::from_secs(120)).await;
        let now = self.clock.now();
        self.logins.iter_mut().for_each(|(login, _)| login.settle(now));
        self.unwritten.clear();
        self.clock.seconds(RECHECK);
    }

    fn reads(&self) -> bool {
        self.store.fault() != Fault::Out
    }

    fn ended(
        &mut self,
        process: usize,
        result: Result<(), unjwt::Error>,
        users: &[u64],
        concerns: impl Fn(usize, &Model) -> bool,
    ) -> Checked {
        let confirmed = match (&result, self.store.fault()) {
            (Ok(()), _) => true,
            (Err(error), Fault::None) => return Err(format!("an end failed: {error}")),
            (Err(error), _) if error.kind() == ErrorKind::Unavailable => false,
            (Err(error), _) => return Err(format!("an end failed otherwise: {error}")),
        };
        if !confirmed {
            self.unwritten.extend(users);
        }
        let now = self.clock.now();
        for (at, (login, _)) in self.logins.iter_mut().enumerate() {
            if concerns(at, login) {
                login.end(process, confirmed, now);
            }
        }
        Ok(())
    }

    /// Runs a request with this cookie, and returns the one that the response sets.
    async fn request<O>(
        &self,
        process: usize,
        cookie: Option<&str>,
        work: impl AsyncFnOnce(&Tokens<Login>, &RequestContext) -> O,
    ) -> (O, Option<String>) {
        let mut browser = Browser::default();
        browser.cookies.extend(cookie.map(|cookie| ("sid".to_owned(), cookie.to_owned())));
        let context = RequestContext::new(&browser.request_headers());
        let result = work(&self.processes[process], &context).await;
        let mut headers = HeaderMap::new();
        context.finish(&mut headers);
        browser.take(&headers);
        (result, browser.cookies.remove("sid"))
    }

    async fn sign_in(&mut self, process: usize, browser: usize, user: u64) -> Checked {
        let before = self.browsers[browser].clone();
        let cookie = before.as_ref().map(|held| held.cookie.clone());
        let (result, cookie) = self
            .request(process, cookie.as_deref(), async |logins, context| {
                let found = logins.get(context).await?;
                let login = Login { user, tenant: tenant(user), renewals: 0 };
                Ok((found.is_some(), logins.replace(context, login).await?))
            })
            .await;
        let (found, current): (bool, unjwt::Current<Login>) = match result {
            Ok(result) => result,
            Err(error) if self.store.fault() == Fault::None => return Err(format!("no login: {error}")),
            Err::<_, unjwt::Error>(_) => return Ok(()),
        };
        let now = self.clock.now();
        if let Some(before) = before.filter(|_| found) {
            // It is ended in any case; whether that is written is certain only if the store works.
            let confirmed = self.store.fault() == Fault::None;
            self.logins[before.login].0.end(process, confirmed, now);
        }
        let login = self.logins.len();
        let mut model = Model::new(user, now + MAX_AGE);
        model.maybe_ended = self.unwritten.contains(&user);
        self.logins.push((model, current.login_id()));
        let cookie = cookie.ok_or("a login set no cookie")?;
        self.browsers[browser] = Some(Held { login, cookie, expires: now + MAX_AGE });
        Ok(())
    }

    async fn renew(&mut self, process: usize, browser: usize) -> Checked {
        let Some(held) = self.browsers[browser].clone() else { return Ok(()) };
        let (result, cookie) = self
            .request(process, Some(&held.cookie), async |logins, context| {
                let manager = logins.manager(context).await?;
                manager.update_with(|login| login.renewals += 1).await
            })
            .await;
        let now = self.clock.now();
        if let Ok(current) = result {
            if current.login_id() != self.logins[held.login].1 {
                return Err("a renewal changed the login".to_owned());
            }
            let cookie = cookie.ok_or("a renewal set no cookie")?;
            self.logins[held.login].0.expires = now + MAX_AGE;
            self.browsers[browser] = Some(Held { cookie, expires: now + MAX_AGE, ..held });
        }
        Ok(())
    }

    async fn sign_out(&mut self, process: usize, held: Held) -> Checked {
        let (result, cookie) = self
            .request(process, Some(&held.cookie), async |logins, context| {
                let manager = logins.manager(context).await?;
                let found = manager.current().is_some();
                let cleared = manager.clear().await;
                Ok::<_, unjwt::Error>((found, cleared))
            })
            .await;
        // An outage before the logout leaves everything as it was.
        let Ok((found, cleared)) = result else { return Ok(()) };
        if cookie.is_some() {
            return Err("a logout left the cookie".to_owned());
        }
        if !found {
            return Ok(());
        }
        self.ended(process, cleared, &[], |at, _| at == held.login)
    }

    async fn end_others(&mut self, process: usize, browser: usize) -> Checked {
        let Some(held) = self.browsers[browser].clone() else { return Ok(()) };
        let (found, _) = self
            .request(process, Some(&held.cookie), async |logins, context| logins.get(context).await)
            .await;
        let Ok(Some(current)) = found else { return Ok(()) };
        let own = &self.logins[held.login].0;
        let (user, had_ended) = (own.user, own.was_ended());
        let result = self.processes[process].logins().end_others(&current).await;
        self.ended(process, result, &[user], |at, login| {
            login.user == user && (at != held.login || had_ended)
        })?;
        // The process has not refused its own login yet if it did not know that it had ended.
        if had_ended {
            self.logins[held.login].0.restart(process);
        }
        Ok(())
    }

    async fn list(&mut self, process: usize, user: u64) -> Checked {
        let now = self.clock.now();
        let listed = self.processes[process].logins().list(Login::by_user(&user)).await;
        let listed = match listed {
            Ok(listed) => listed,
            Err(_) if !self.reads() => return Ok(()),
            Err(error) => return Err(format!("no list: {error}")),
        };
        for (login, id) in &self.logins {
            let is_listed = listed.iter().any(|listed| listed.id == *id);
            if login.user == user && login.lives(now) && !is_listed {
                return Err(format!("{id} lives and is not listed"));
            }
            let is_known_to_end = login.written.is_some() && !login.uncertain && !login.ended_with_tenant;
            if is_listed && (login.user != user || is_known_to_end) {
                return Err(format!("{id} is listed: {login:?}"));
            }
        }
        Ok(())
    }

    async fn present(&mut self, process: usize, token: usize) -> Checked {
        let held: Vec<_> = self.browsers.iter().flatten().chain(&self.copies).cloned().collect();
        let Some(held) = held.get(token % held.len().max(1)) else { return Ok(()) };
        let (result, _) = self
            .request(process, Some(&held.cookie), async |logins, context| logins.get(context).await)
            .await;
        let (login, id) = &self.logins[held.login];
        let now = self.clock.now();
        let (is, may) = match &result {
            _ if held.expires <= now => (!matches!(result, Ok(Some(_))), "an expired token".to_owned()),
            Ok(Some(_)) => (login.may(process, self.reads(), now).serve, "served".to_owned()),
            Ok(None) => (login.may(process, self.reads(), now).refuse, "refused".to_owned()),
            Err(error) => (login.may(process, self.reads(), now).fail, error.to_string()),
        };
        if is {
            return Ok(());
        }
        Err(format!("process {process} answers {id} with {may}: {login:?} at {now}"))
    }
}
